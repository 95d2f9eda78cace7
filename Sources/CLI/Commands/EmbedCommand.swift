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

            EXAMPLE:
              printf '%s\\n' 'id,body' '7,a great film' '8,"slow, but good"' \\
                | bert embed --model Tests/Fixtures/pipelines/sentence-bert \\
                    --format csv --text-field body
            """)

    @OptionGroup var options: EmbeddingOptions

    @OptionGroup var prompts: PromptOptions

    @OptionGroup var job: JobOptions<VectorFormat>

    @OptionGroup var input: TextInput

    func run() throws {
        let records = try input.records()
        let embedder = try options.embedder(for: "bert embed")
        try Job(records, job, facts: options.facts(embedder, prompts).merging(["verb": "embed"])).run {
            try job.outputFormat.writer(member: "embedding", width: embedder.dimension, to: $0, after: $1)
        } _: {
            try options.embed($0, prompt: prompts.chosen, with: embedder)
        }
    }
}
