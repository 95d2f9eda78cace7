import ArgumentParser
import Bert
import BertJSON

/// `bert embed`: a vector for each text.
struct EmbedCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "embed",
        abstract: "Turn texts into vectors.",
        discussion: """
            One JSON object per line, in the order of the texts: {"index":0,"embedding":[…]}, and the "id" of its \
            input, if any. The model's folder determines pooling, normalisation and prompts.

            Jobs from file to file run in constant memory. Until a job is done, OUTPUT.bert-job sits beside the \
            output, and --resume continues after an interruption. SIGINT writes what is finished and exits with 130.

            --output-precision int8 and uint8 need --ranges: the vectors of a sample of your texts, as this verb \
            writes them, or just two vectors, the minimum and the maximum of each component. These become the first \
            and the last of 256 steps. There is no default, because vectors with different ranges can't be compared.

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
