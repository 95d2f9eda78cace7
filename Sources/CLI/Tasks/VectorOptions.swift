import ArgumentParser
import Bert

/// Options for pooling and post-processing, where the model's folder doesn't specify them.
struct VectorOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How token vectors become one: \(Self.poolings.map(\.0).joined(separator: ", ")) (default: from the model).",
            valueName: "pooling"),
        transform: Self.pooling)
    var pooling: PoolingMode?

    @Flag(
        inversion: .prefixedNo,
        help: "Scale vectors to length 1 at the end, or don't (default: from the model).")
    var normalize: Bool?

    @Option(
        help: ArgumentHelp(
            "Keep the first n components of each vector, for models trained for it (default: from the model).",
            valueName: "n"))
    var truncateDimensions: Int?

    func validate() throws {
        if let truncateDimensions, truncateDimensions < 1 {
            throw ValidationError("--truncate-dimensions is \(truncateDimensions); at least 1")
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
            throw ValidationError("it takes \(poolings.map(\.0).joined(separator: ", "))")
        }
        return pooling.1
    }
}
