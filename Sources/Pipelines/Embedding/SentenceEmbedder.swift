public import BertCheckpoints
public import BertCore
import BertModels
import BertTokenizers

/// Texts in, one vector each out: what sentence-transformers calls `encode`.
///
/// ```swift
/// let embedder = try SentenceEmbedder(folder: "all-MiniLM-L6-v2")
/// let vectors = try embedder.embed(["A man is eating food.", "A man is eating a piece of bread."])
/// ```
public struct SentenceEmbedder: Sendable {
    /// How token vectors become one, and what was read where.
    public let settings: EmbeddingSettings
    private let loaded: LoadedModel<any EncoderModel>
    private let head: SentenceHead
    let files: ModelFiles

    /// Loads a sentence-transformers folder, or any encoder's.
    ///
    /// - Parameters:
    ///   - folder: its path.
    ///   - className: which class of the catalogue; nil leaves it to `config.json`.
    ///   - selection: the backend; nil leaves it to the task, then to `BERT_BACKEND`, then to `auto`.
    ///   - pooling: overrides what the folder says; needed if it says nothing.
    ///   - normalizes: overrides what the folder says; true scales vectors to length 1 after they are cut.
    ///   - dimensions: keeps only the first components, for models that were trained for it (Matryoshka); overrides the
    ///     folder's `truncate_dim`.
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

    /// Loads a model from files, wherever they are, onto a backend.
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

    /// The components of a vector.
    public var dimension: Int { head.dimension }
    /// The backend that computes.
    public var backend: BackendInfo { computing.info }
    /// The class of the model.
    public var modelName: String { loaded.name }
    /// The most tokens of a text, special ones included.
    public var maximumLength: Int { loaded.text.maximumLength }

    var computing: any ComputeBackend { loaded.backend }

    /// A call with these options: texts in, a vector for each out.
    ///
    /// - Parameters:
    ///   - prompt: what is put before each text; the folder's default prompt if nil.
    ///   - options: batch size and truncation.
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
                    .invalidInput, "nothing but the prompt is left, and the model does not count the prompt's tokens")
            }
            return [encoding]
        } forward: { [self] batch in
            let (values, width) = (try values(of: loaded.input(batch), skipping: skipped), dimension)
            return batch.places.indices.map { Array(values[$0 * width..<($0 + 1) * width]) }
        } finish: { _, _, vectors in
            vectors[0]
        }
    }

    /// A vector for each text, in their order. Blocks the calling thread.
    ///
    /// - Parameters:
    ///   - texts: the texts, of any lengths.
    ///   - prompt: what is put before each text; the folder's default prompt if nil.
    ///   - options: batch size and truncation.
    /// - Throws: ``BertError`` with code `tooManyTokens` and the text's index in `record` if one is too long and may not
    ///   be cut; with code `unknownName` if the folder has no such prompt.
    public func embed(
        _ texts: [String], prompt: Prompt? = nil, options: TextOptions = TextOptions()
    ) throws -> [[Float]] {
        try call(prompt: prompt, options: options).outputs(of: texts)
    }

    /// As the blocking method, on ``ComputeThreads/shared``.
    ///
    /// - Throws: also `CancellationError` if the task is cancelled.
    public func embed(
        _ texts: [String], prompt: Prompt? = nil, options: TextOptions = TextOptions()
    ) async throws -> [[Float]] {
        try await call(prompt: prompt, options: options).outputs(of: texts)
    }

    /// How alike each of some vectors is to each of others: row i, column j compares `a[i]` with `b[j]`.
    ///
    /// - Parameters:
    ///   - a: the rows, `[count, dimension]`.
    ///   - b: the columns, `[count, dimension]`.
    ///   - similarity: what makes them alike; what the folder says (`similarity_fn_name`) if nil.
    /// - Throws: ``BertError`` with code `invalidInput` for vectors of different widths.
    public func similarity(_ a: [[Float]], _ b: [[Float]], by similarity: Similarity? = nil) throws -> [[Float]] {
        try (similarity ?? settings.similarity).matrix(a, b, on: computing)
    }

    /// The vectors of a batch, one after the other.
    private func values(of input: ModelInput, skipping skipped: Int) throws -> [Float] {
        if settings.pooling == [.cls], skipped == 0 {
            return try head(
                pooled: loaded.model.encode(input, options: ForwardOptions(rows: .first)).lastHiddenState)
        }
        let output = try loaded.model.encode(input, options: ForwardOptions())
        return try head(output.lastHiddenState, output.sequences, skipping: skipped)
    }
}
