public import BertCheckpoints
public import BertCore
import BertModels
import BertTokenizers

/// A pipeline that computes one embedding per text, like `encode` in sentence-transformers.
///
/// ```swift
/// let embedder = try SentenceEmbedder(folder: "all-MiniLM-L6-v2")
/// let vectors = try embedder.embed(["A man is eating food.", "A man is eating a piece of bread."])
/// ```
public struct SentenceEmbedder: Sendable {
    /// The pooling and normalization settings, and their source.
    public let settings: EmbeddingSettings
    private let loaded: LoadedModel<any EncoderModel>
    private let head: SentenceHead
    let files: ModelFiles

    /// Loads a sentence-transformers folder, or any encoder.
    ///
    /// - Parameters:
    ///   - folder: The path of the folder.
    ///   - className: The name of a class in the catalog; nil to use the one in `config.json`.
    ///   - selection: The backend; nil to use the selection of the task, of `BERT_BACKEND`, or else `auto`.
    ///   - pooling: Overrides the pooling of the folder; required if the folder doesn't specify it.
    ///   - normalizes: Overrides the normalization of the folder; true normalizes vectors to length 1 after truncation.
    ///   - dimensions: The number of leading components to keep, for models trained for it (Matryoshka); overrides
    ///     `truncate_dim` of the folder.
    /// - Throws: ``BackendUnavailableError`` before any weights are read; ``BertError`` with file and key.
    public init(
        folder: String, as className: String? = nil, backend selection: BackendSelection? = nil,
        pooling: PoolingMode? = nil, normalizes: Bool? = nil, dimensions: Int? = nil
    ) throws {
        let files = try ModelFiles(folder: folder)
        try self.init(
            files, as: className,
            on: files.transformerFiles().backend(selection, for: "SentenceEmbedder", .encoder, as: className),
            pooling: pooling, normalizes: normalizes, dimensions: dimensions)
    }

    /// Loads a model from files onto a backend.
    ///
    /// - Throws: ``BertError`` with file and key.
    public init(
        _ files: ModelFiles, as className: String? = nil, on backend: any ComputeBackend, pooling: PoolingMode? = nil,
        normalizes: Bool? = nil, dimensions: Int? = nil
    ) throws {
        self.files = files
        settings = try EmbeddingSettings(files, pooling: pooling, normalizes: normalizes, dimensions: dimensions)
        loaded = try LoadedModel(
            files.transformerFiles(), for: .encoder, as: className, maximumLength: settings.maximumLength,
            lowercases: settings.lowercases, on: backend)
        head = try SentenceHead(files, settings, hiddenSize: loaded.config.hiddenSize, on: backend)
    }

    /// The number of components in a vector.
    public var dimension: Int { head.dimension }
    /// A description of the backend.
    public var backend: BackendInfo { computing.info }
    /// The name of the model class.
    public var modelName: String { loaded.name }
    /// The maximum number of tokens in a text, including special tokens.
    public var maximumLength: Int { loaded.text.maximumLength }

    var computing: any ComputeBackend { loaded.backend }

    /// Creates a call that maps texts to vectors.
    ///
    /// - Parameters:
    ///   - prompt: The prompt to prepend to each text; nil for the folder's default prompt.
    ///   - options: The batch size and truncation.
    /// - Throws: ``BertError`` with code `unknownName` if the folder has no such prompt.
    public func call(
        prompt: Prompt? = nil, options: TextOptions = TextOptions()
    ) throws -> PipelineCall<String, [Float]> {
        let prompt = try settings.prompts.text(of: prompt)
        let skipped = settings.includesPrompt ? 0 : try loaded.text.promptLength(prompt)
        return PipelineCall(
            kind: "text", on: loaded.backend, budget: BatchBudget(tokens: options.tokenBudget)
        ) { [self] text in
            let encoding = try loaded.text.encode(PairedText(prompt + text), options)
            guard encoding.count > skipped else {
                throw BertError(
                    .invalidInput, "after truncation, only the prompt remains, which the model excludes from pooling")
            }
            return [encoding]
        } forward: { [self] batch in
            let (values, width) = (try values(of: loaded.input(batch), skipping: skipped), dimension)
            return batch.places.indices.map { Array(values[$0 * width..<($0 + 1) * width]) }
        } finish: { _, _, vectors in
            vectors[0]
        }
    }

    /// Embeds texts and returns their vectors in order. Blocks the calling thread.
    ///
    /// - Parameters:
    ///   - texts: The texts, of any length.
    ///   - prompt: The prompt to prepend to each text; nil for the folder's default prompt.
    ///   - options: The batch size and truncation.
    /// - Throws: ``BertError`` with code `tooManyTokens` and the text's index in `record` if a text is too long and
    ///   truncation is off, or with code `unknownName` if the folder has no such prompt.
    public func embed(
        _ texts: [String], prompt: Prompt? = nil, options: TextOptions = TextOptions()
    ) throws -> [[Float]] {
        try call(prompt: prompt, options: options).outputs(of: texts)
    }

    /// Embeds texts asynchronously on ``ComputeThreads/shared``.
    ///
    /// - Throws: The errors of the blocking method; `CancellationError` if the task is canceled.
    public func embed(
        _ texts: [String], prompt: Prompt? = nil, options: TextOptions = TextOptions()
    ) async throws -> [[Float]] {
        try await call(prompt: prompt, options: options).outputs(of: texts)
    }

    /// Computes the similarities of two lists of vectors: row i, column j compares `a[i]` with `b[j]`.
    ///
    /// - Parameters:
    ///   - a: The rows, `[count, dimension]`.
    ///   - b: The columns, `[count, dimension]`.
    ///   - similarity: The similarity function; nil to use that of the folder (`similarity_fn_name`).
    /// - Throws: ``BertError`` with code `invalidInput` for vectors of different dimensions.
    public func similarity(_ a: [[Float]], _ b: [[Float]], by similarity: Similarity? = nil) throws -> [[Float]] {
        try (similarity ?? settings.similarity).matrix(a, b, on: computing)
    }

    /// Returns the concatenated vectors of a batch.
    private func values(of input: ModelInput, skipping skipped: Int) throws -> [Float] {
        if settings.pooling == [.cls], skipped == 0 {
            return try head(
                pooled: loaded.model.encode(input, options: ForwardOptions(rows: .first)).lastHiddenState)
        }
        let output = try loaded.model.encode(input, options: ForwardOptions())
        return try head(output.lastHiddenState, output.sequences, skipping: skipped)
    }
}
