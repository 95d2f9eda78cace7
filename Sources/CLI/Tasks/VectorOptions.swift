import ArgumentParser
import Bert

/// Options for pooling and post-processing, where the model's folder doesn't specify them.
struct VectorOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Pooling of token vectors: \(Self.poolings.map(\.0).joined(separator: ", ")) (default: from the model).",
            valueName: "pooling"),
        transform: Self.pooling)
    var pooling: PoolingMode?

    @Flag(
        inversion: .prefixedNo,
        help: "Normalize vectors to length 1 (default: from the model).")
    var normalize: Bool?

    @Option(
        help: ArgumentHelp(
            "Keep the first n components of each vector, for models trained with Matryoshka losses (default: from the model).",
            valueName: "n"))
    var truncateDimensions: Int?

    func validate() throws {
        if let truncateDimensions, truncateDimensions < 1 {
            throw ValidationError("--truncate-dimensions must be at least 1, not \(truncateDimensions)")
        }
    }

    static let poolings: [(String, PoolingMode)] = [
        ("cls", .cls), ("mean", .mean), ("max", .max), ("mean-sqrt-len", .meanSquareRootLength),
        ("weighted-mean", .weightedMean), ("last-token", .lastToken),
    ]

    @Sendable private static func pooling(_ text: String) throws -> PoolingMode {
        // Accepts the library's own names, too, because its messages use them.
        let name = text.lowercased()
        guard let pooling = poolings.first(where: { $0.0 == name || $0.1.rawValue.lowercased() == name }) else {
            throw ValidationError("it must be one of \(poolings.map(\.0).joined(separator: ", "))")
        }
        return pooling.1
    }
}
