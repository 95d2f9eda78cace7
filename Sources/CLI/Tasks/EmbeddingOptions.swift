import ArgumentParser
import Bert
import BertJSON

/// What turns texts into vectors, the same for every verb that needs them.
struct EmbeddingOptions: ParsableArguments {
    @OptionGroup var task: TaskOptions

    @OptionGroup var truncation: TruncationOptions

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

    /// Loads the model.
    func embedder(for verb: String) throws -> SentenceEmbedder {
        let (files, backend) = try task.model(for: verb, .encoder)
        let embedder = try SentenceEmbedder(
            files, as: task.className, on: backend, pooling: pooling, normalizes: normalize,
            dimensions: truncateDimensions)
        task.describe(embedder.facts, on: embedder.backend)
        return embedder
    }

    /// What gives each text its vector.
    ///
    /// - Throws: `BertError` if the model has no such prompt.
    func work(prompt: Prompt?, with embedder: SentenceEmbedder) throws -> JobWork<TextRecord, [Float]> {
        let embedding = try JobWork<TextRecord, [Float]>(
            embedder.call(prompt: prompt, options: task.textOptions(truncation))
        ) { $0.text }
        return embedding.map { records, vectors in
            for record in records.prefix(vectors.count) where record.text.isEmpty {
                warn("\(record.place) is empty: its vector is that of the special tokens alone")
            }
            return vectors
        }
    }

    /// What vectors depend on.
    func facts(_ embedder: SentenceEmbedder, prompt: Prompt?) throws -> JSONObject {
        try task.facts(on: embedder.backend).merging(truncation.facts).merging([
            "pooling": .string(embedder.settings.poolingName), "normalize": .bool(embedder.settings.normalizes),
            "truncate-dimensions": .int(embedder.dimension),
            "prompt": .string(try embedder.settings.prompts.text(of: prompt)),
        ])
    }

    private static let poolings: [(String, PoolingMode)] = [
        ("cls", .cls), ("mean", .mean), ("max", .max), ("mean-sqrt-len", .meanSquareRootLength),
        ("weighted-mean", .weightedMean), ("last-token", .lastToken),
    ]

    @Sendable private static func pooling(_ text: String) throws -> PoolingMode {
        // The library's own names are what its messages say.
        let name = text.lowercased()
        guard let pooling = poolings.first(where: { $0.0 == name || $0.1.rawValue.lowercased() == name }) else {
            throw ValidationError("it takes \(poolings.map(\.0).joined(separator: ", "))")
        }
        return pooling.1
    }
}

extension EmbeddingSettings {
    /// The modes of pooling in words: `cls + mean`.
    var poolingName: String { pooling.map(\.rawValue).joined(separator: " + ") }
}

extension SentenceEmbedder {
    /// What it is made of, in words.
    fileprivate var facts: String {
        """
        \(dimension) components, \(settings.poolingName) pooling, \
        \(settings.normalizes ? "normalised" : "not normalised") (\(settings.source)), \
        \(settings.prompts.defaultName.map { "prompt \"\($0)\" by default, " } ?? "")at most \(maximumLength) tokens
        """
    }
}
