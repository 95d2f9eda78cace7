public import BertCheckpoints
public import BertCore
import BertModels
import BertTokenizers

/// Texts in, a vector for each of their tokens out: `pipeline("feature-extraction")` of `transformers`.
public struct FeatureExtractor: Sendable {
    /// The components of a vector.
    public let dimension: Int
    private let model: LoadedModel<any EncoderModel>

    /// Loads the trunk of a checkpoint folder.
    ///
    /// - Parameters:
    ///   - folder: the model's folder.
    ///   - className: which class of the catalogue; nil leaves it to `config.json`.
    ///   - selection: the backend; nil: that of the task, of `BERT_BACKEND`, or else `auto`.
    /// - Throws: ``BackendUnavailableError`` before any weights are read; ``BertError`` with file and key.
    public init(folder: String, as className: String? = nil, backend selection: BackendSelection? = nil) throws {
        let files = try ModelFiles(folder: folder)
        try self.init(
            files, as: className,
            on: files.backend(selection, for: "FeatureExtractor", .encoder, as: className))
    }

    /// Loads a model from files, wherever they are, onto a backend.
    ///
    /// - Throws: ``BertError`` with file and key.
    public init(_ files: ModelFiles, as className: String? = nil, on backend: any ComputeBackend) throws {
        model = try LoadedModel(files, for: .encoder, as: className, on: backend)
        dimension = model.config.hiddenSize
    }

    /// The backend that computes.
    public var backend: BackendInfo { model.backend.info }
    /// The class of the model.
    public var modelName: String { model.name }
    /// The most tokens of a text, special ones included.
    public var maximumLength: Int { model.text.maximumLength }

    /// A call with these options: texts in, the vectors of their tokens out.
    public func call(options: TextOptions = TextOptions()) -> PipelineCall<String, TextFeatures> {
        PipelineCall(
            kind: "text", on: model.backend, budget: BatchBudget(tokens: options.tokenBudget)
        ) { [model] text in
            [try model.text.encode(PairedText(text), options)]
        } forward: { [self] batch in
            try features(of: batch)
        } finish: { _, _, features in
            features[0]
        }
    }

    private func features(of batch: TextBatches.Batch) throws -> [TextFeatures] {
        let output = try model.model.encode(model.input(batch), options: ForwardOptions())
        let values = try model.backend.floats(output.lastHiddenState)
        return output.sequences.ranges.map { tokens in
            TextFeatures(vectors: tokens.map { Array(values[$0 * dimension..<($0 + 1) * dimension]) })
        }
    }

    /// The vectors of each text's tokens, special ones included, in the order of the texts. Blocks the calling thread.
    ///
    /// - Throws: ``BertError`` with code `tooManyTokens` and the text's index in `record` if one is too long and may not
    ///   be cut.
    public func features(_ texts: [String], options: TextOptions = TextOptions()) throws -> [TextFeatures] {
        try call(options: options).outputs(of: texts)
    }

    /// As the blocking method, on ``ComputeThreads/shared``.
    ///
    /// - Throws: also `CancellationError` if the task is cancelled.
    public func features(_ texts: [String], options: TextOptions = TextOptions()) async throws -> [TextFeatures] {
        try await call(options: options).outputs(of: texts)
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
