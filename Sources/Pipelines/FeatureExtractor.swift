public import BertCheckpoints
public import BertCore
import BertModels
import BertTokenizers

/// Texts in, a vector for each of their tokens out: `pipeline("feature-extraction")` of `transformers`.
public struct FeatureExtractor: Sendable {
    /// The components of a vector.
    public let dimension: Int
    /// What it computes on.
    public let backend: BackendInfo
    private let model: any EncoderModel
    private let computing: any ComputeBackend
    private let text: TextEncoder
    private let hasTokenTypes: Bool
    private let threads: ComputeThreads

    /// Loads the trunk of a checkpoint folder.
    ///
    /// - Throws: ``BackendUnavailableError`` before anything is read; ``BertError`` that names file, key and mend.
    public init(folder: String, backend selection: BackendSelection? = nil) throws {
        let backend = try BackendRegistry.shared.backend(selection, for: "FeatureExtractor")
        try self.init(ModelFiles(folder: folder), on: backend)
    }

    /// Loads a model from files, wherever they are, onto a backend.
    ///
    /// - Throws: ``BertError`` that names file, key and mend.
    public init(_ files: ModelFiles, on backend: any ComputeBackend) throws {
        let config = try BertConfig(files)
        text = try TextEncoder(files, maximumLength: nil, config: config)
        model = try files.encoder(config, on: backend)
        hasTokenTypes = config.family.tokenTypes == .fromTokenizer
        dimension = config.hiddenSize
        computing = backend
        self.backend = backend.info
        threads = ComputeThreads(for: backend)
    }

    /// The most tokens of a text, special ones included.
    public var maximumLength: Int { text.maximumLength }

    /// The vectors of each text's tokens, special ones included, in the order of the texts. Blocks the calling thread.
    ///
    /// - Throws: ``BertError`` with code `invalidInput`, naming the text, if one is too long and may not be cut.
    public func features(_ texts: [String], options: TextOptions = TextOptions()) throws -> [TextFeatures] {
        var features = [TextFeatures](repeating: TextFeatures(vectors: []), count: texts.count)
        for batch in TextBatches(try text.encode(texts, options), tokenBudget: options.tokenBudget).batches {
            var input = batch.input
            if !hasTokenTypes { input.tokenTypes = nil }
            let output = try model.encode(input, options: ForwardOptions())
            let values = try computing.floats(output.lastHiddenState)
            var token = 0
            for (place, length) in zip(batch.places, input.lengths) {
                features[place] = TextFeatures(
                    vectors: (token..<token + length).map { Array(values[$0 * dimension..<($0 + 1) * dimension]) })
                token += length
            }
        }
        return features
    }

    /// The vectors of each text's tokens. Computes on threads of its own, as many calls at a time as there are threads.
    ///
    /// - Throws: as the blocking method; `CancellationError` if the task is cancelled.
    public func features(_ texts: [String], options: TextOptions = TextOptions()) async throws -> [TextFeatures] {
        try await threads.run { try features(texts, options: options) as [TextFeatures] }
    }
}

/// The vectors of a text's tokens; as JSON a list of one list of vectors, as the pipeline of `transformers` gives them.
public struct TextFeatures: Sendable, Hashable, Codable {
    /// A vector for each token, special ones included.
    public let vectors: [[Float]]

    init(vectors: [[Float]]) { self.vectors = vectors }

    public init(from decoder: any Decoder) throws {
        var batch = try decoder.unkeyedContainer()
        vectors = try batch.decode([[Float]].self)
    }

    public func encode(to encoder: any Encoder) throws {
        var batch = encoder.unkeyedContainer()
        try batch.encode(vectors)
    }
}
