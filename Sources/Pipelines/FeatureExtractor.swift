public import BertCheckpoints
public import BertCore
import BertModels
import BertTokenizers

/// A pipeline that computes the hidden state of each token, like `pipeline("feature-extraction")` in `transformers`.
public struct FeatureExtractor: Sendable {
    /// The number of components in a vector.
    public let dimension: Int
    private let model: LoadedModel<any EncoderModel>

    /// Loads the trunk of a checkpoint folder.
    ///
    /// - Parameters:
    ///   - folder: The path of the folder.
    ///   - className: The name of a class in the catalog; nil to use the one in `config.json`.
    ///   - selection: The backend; nil to use the selection of the task, of `BERT_BACKEND`, or else `auto`.
    /// - Throws: ``BackendUnavailableError`` before any weights are read; ``BertError`` with file and key.
    public init(folder: String, as className: String? = nil, backend selection: BackendSelection? = nil) throws {
        let files = try ModelFiles(folder: folder)
        try self.init(
            files, as: className,
            on: files.backend(selection, for: "FeatureExtractor", .encoder, as: className))
    }

    /// Loads a model from files onto a backend.
    ///
    /// - Throws: ``BertError`` with file and key.
    public init(_ files: ModelFiles, as className: String? = nil, on backend: any ComputeBackend) throws {
        model = try LoadedModel(files, for: .encoder, as: className, on: backend)
        dimension = model.config.hiddenSize
    }

    /// A description of the backend.
    public var backend: BackendInfo { model.backend.info }
    /// The name of the model class.
    public var modelName: String { model.name }
    /// The maximum number of tokens in a text, including special tokens.
    public var maximumLength: Int { model.text.maximumLength }

    /// Creates a call that maps texts to the vectors of their tokens.
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

    /// Returns the vectors of each text's tokens, including special tokens, in the order of the texts. Blocks the
    /// calling thread.
    ///
    /// - Throws: ``BertError`` with code `tooManyTokens` and the text's index in `record` if a text is too long and
    ///   truncation is off.
    public func features(_ texts: [String], options: TextOptions = TextOptions()) throws -> [TextFeatures] {
        try call(options: options).outputs(of: texts)
    }

    /// Computes features asynchronously on ``ComputeThreads/shared``.
    ///
    /// - Throws: The errors of the blocking method; `CancellationError` if the task is canceled.
    public func features(_ texts: [String], options: TextOptions = TextOptions()) async throws -> [TextFeatures] {
        try await call(options: options).outputs(of: texts)
    }
}

/// The vectors of a text's tokens. In JSON, they are an array with one array of vectors, as in `transformers`.
public struct TextFeatures: Sendable, Hashable, Codable {
    /// One vector per token, including special tokens.
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
