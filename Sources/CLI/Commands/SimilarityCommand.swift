import ArgumentParser
import Bert

/// `bert similarity`: how alike texts are.
struct SimilarityCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "similarity",
        abstract: "Compare texts with each other: the cosine of the angle between their vectors.",
        discussion: "Prints a matrix: row i, column j is how alike text i and text j are.")

    @OptionGroup var options: EmbeddingOptions

    @OptionGroup var prompts: PromptOptions

    @Option(help: "How the matrix is written.")
    var outputFormat = OutputFormat.text

    @OptionGroup var input: TextInput

    func run() throws {
        let embedder = try options.embedder(for: "bert similarity")
        var records: [TextRecord] = []
        var vectors: [[Float]] = []
        try input.forEachGroup { group in
            try options.embed(group, prompt: prompts.chosen, with: embedder) {
                records += $0
                vectors += $1
            }
        }
        let matrix = Self.cosines(vectors)
        guard outputFormat == .text else {
            var writer = try VectorWriter(outputFormat, member: "similarity", width: nil)
            try writer.write(records, matrix)
            return try writer.finish()
        }
        for row in matrix {
            try Output.write(row.map { Self.fourDecimals($0) }.joined(separator: " ") + "\n")
        }
    }

    /// Cosines of all pairs, summed in double precision; 0 with a vector of length 0.
    private static func cosines(_ vectors: [[Float]]) -> [[Float]] {
        func product(_ a: [Float], _ b: [Float]) -> Double { zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) } }
        let lengths = vectors.map { product($0, $0).squareRoot() }
        return vectors.indices.map { i in
            vectors.indices.map { j in
                let scale = lengths[i] * lengths[j]
                return scale > 0 ? Float(product(vectors[i], vectors[j]) / scale) : 0
            }
        }
    }

    /// From `-1.0000` to ` 1.0000`, so that columns stand under each other.
    private static func fourDecimals(_ value: Float) -> String {
        guard value.isFinite else { return "    nan" }
        let units = Int((Double(value) * 10_000).rounded())
        let fraction = String(units.magnitude % 10_000)
        return (units < 0 ? "-" : " ") + "\(units.magnitude / 10_000)."
            + String(repeating: "0", count: 4 - fraction.count) + fraction
    }
}
