import ArgumentParser
import Bert

/// `bert embed`: a vector for each text.
struct EmbedCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "embed",
        abstract: "Turn texts into vectors.",
        discussion: """
            One JSON object a line, in the order of the texts: {"index":0,"embedding":[…]}, with the "id" of its input \
            if there was one. Pooling and normalisation are those that the model's folder says.
            """)

    @OptionGroup var options: EmbeddingOptions

    @Option(help: "How vectors are written.")
    var outputFormat = OutputFormat.jsonl

    @OptionGroup var input: TextInput

    func run() throws {
        let embedder = try options.embedder(for: "bert embed")
        var writer = VectorWriter(outputFormat, member: "embedding", width: embedder.dimension)
        try input.forEachGroup { records in
            try options.embed(records, with: embedder) { try writer.write($0, $1) }
        }
        try writer.finish()
    }
}
