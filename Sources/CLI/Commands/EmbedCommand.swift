import ArgumentParser
import Bert
import BertJSON

/// `bert embed`: computes embeddings of texts.
struct EmbedCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "embed",
        abstract: "Compute embeddings of texts.",
        discussion: """
            Prints one JSON object per line, in the order of the texts: {"index":0,"embedding":[…]}, with the "id" of the \
            input, if any. The model's folder determines pooling, normalization and prompts.

            Batch jobs run in constant memory. Until a job is complete, OUTPUT.bert-job is stored next to the output, and \
            --resume continues the job after an interruption. At SIGINT, the program writes the finished results and \
            exits with 130.

            --output-precision int8 and uint8 require --ranges: a file with the vectors of sample texts, as written by \
            this command, or with two vectors, the minimum and the maximum of each component. They are mapped to the \
            first and the last of 256 steps. There is no default, because vectors with different ranges can't be \
            compared.

            EXAMPLE:
              printf '%s\\n' 'id,body' '7,a great film' '8,"slow, but good"' \\
                | bert embed --model Tests/Fixtures/pipelines/sentence-bert \\
                    --format csv --text-field body
            """)

    @OptionGroup var options: EmbeddingOptions

    @OptionGroup var prompts: PromptOptions

    @OptionGroup var precision: PrecisionOptions

    @OptionGroup var job: JobOptions<VectorFormat>

    @OptionGroup var input: TextInput

    func run() throws {
        let records = try input.records()
        let embedder = try options.embedder(for: "bert embed")
        let quantize = try precision.quantizer(for: embedder)
        let work = try options.work(prompt: prompts.chosen, with: embedder).map { _, vectors in
            try vectors.map { vector in
                switch vector {
                case .success(let vector): .success(try quantize(vector))
                case .failure(let error): .failure(error)
                }
            }
        }
        try Job(records, job, facts: facts(embedder)).run(work) {
            try job.outputFormat.writer(
                member: "embedding", width: quantize.count(of: embedder.dimension), of: precision.outputPrecision,
                to: $0, after: $1)
        }
    }

    private func facts(_ embedder: SentenceEmbedder) throws -> JSONObject {
        try options.facts(embedder, prompt: prompts.chosen).merging(precision.facts()).merging(["verb": "embed"])
    }
}
