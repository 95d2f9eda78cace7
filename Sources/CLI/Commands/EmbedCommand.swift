import ArgumentParser
import Bert
import BertJSON

/// `bert embed`: a vector for each text.
struct EmbedCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "embed",
        abstract: "Turn texts into vectors.",
        discussion: """
            One JSON object a line, in the order of the texts: {"index":0,"embedding":[…]}, with the "id" of its input \
            if there was one. Pooling, normalisation and prompts are those that the model's folder says.

            From file to file, memory stays constant. Until all is done OUTPUT.bert-job stands beside the output; \
            --resume then goes on where a run was interrupted. SIGINT ends a run with 130, what is done is written.

            --output-precision int8 and uint8 need --ranges: vectors of a sample of your texts, as this verb writes \
            them, or just two, the least and the greatest value of each component. These become the first and the \
            last of 256 steps. There are no ranges by default, since vectors with other ranges can't be compared.

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
        let facts = try options.facts(embedder, prompt: prompts.chosen).merging(precision.facts())
        try Job(records, job, facts: facts.merging(["verb": "embed"])).run {
            try job.outputFormat.writer(
                member: "embedding", width: quantize.count(of: embedder.dimension), of: precision.outputPrecision,
                to: $0, after: $1)
        } _: {
            try options.embed($0, prompt: prompts.chosen, with: embedder).map { try quantize($0) }
        }
    }
}
