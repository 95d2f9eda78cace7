import ArgumentParser
import Bert

/// `bert similarity`: computes the similarity of texts.
struct SimilarityCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "similarity",
        abstract:
            "Compute the pairwise similarity of texts.",
        discussion: """
            Prints a matrix with the similarity of text i and text j in row i, column j. Vectors are dense, or \
            sparse if the model's folder or --vectors determines so.

            EXAMPLE:
              bert similarity --model Tests/Fixtures/pipelines/sentence-bert \\
                "a great film" "a good film" "a bad plot"
            """)

    @OptionGroup var options: EmbeddingOptions

    @OptionGroup var prompts: PromptOptions

    @OptionGroup var similarity: SimilarityOptions

    @Option(
        name: .customLong("output-format"),
        help: ArgumentHelp("Output format (default: from the file name, or text).", valueName: "output-format"))
    var chosenFormat: VectorFormat?

    @OptionGroup var output: OutputOptions

    @OptionGroup var input: TextInput

    func validate() throws { _ = try OutputEnding.format(output.output, chosen: chosenFormat, usual: .text) }

    func run() throws {
        let outputFormat = try OutputEnding.format(output.output, chosen: chosenFormat, usual: .text)
        let records = try input.records()
        let job = Job(records, output: output)
        switch try options.embedder(for: "bert similarity") {
        case .dense(let embedder):
            try job.run(options.work(prompt: prompts.chosen, with: embedder)) { output, _ in
                MatrixWriter(outputFormat, to: output) { try embedder.similarity($0, $0, by: similarity.similarity) }
            }
        case .sparse(let embedder):
            let similarity = similarity.similarity ?? embedder.similarity
            try job.run(options.work(prompt: prompts.chosen, with: embedder)) { output, _ in
                MatrixWriter(outputFormat, to: output) { vectors in
                    vectors.map { a in vectors.map { similarity.score(a, $0) } }
                }
            }
        case .tokens:
            throw BertError(
                .unsupported,
                """
                \(options.task.source.model) computes token vectors, which only compare queries with documents; use bert \
                rerank or bert search
                """)
        }
    }
}
