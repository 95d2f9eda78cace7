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
    /// The components of a vector.
    public let dimension: Int
    /// What it computes on.
    public let backend: BackendInfo
    let computing: any ComputeBackend
    private let model: any EncoderModel
    private let head: SentenceHead
    private let text: TextEncoder
    private let threads: ComputeThreads

    /// Loads a sentence-transformers folder, or any encoder's.
    ///
    /// - Parameters:
    ///   - folder: its path.
    ///   - selection: the backend; nil leaves it to the task, then to `BERT_BACKEND`, then to `auto`.
    ///   - pooling: overrides what the folder says; needed if it says nothing.
    ///   - normalizes: overrides what the folder says; true scales vectors to length 1 after they are cut.
    ///   - dimensions: keeps only the first components, for models that were trained for it (Matryoshka); overrides the
    ///     folder's `truncate_dim`.
    /// - Throws: ``BackendUnavailableError`` before anything is read; ``BertError`` that names file, key and mend.
    public init(
        folder: String, backend selection: BackendSelection? = nil, pooling: Pooling? = nil, normalizes: Bool? = nil,
        dimensions: Int? = nil
    ) throws {
        let backend = try BackendRegistry.shared.backend(selection, for: "SentenceEmbedder")
        try self.init(
            ModelFiles(folder: folder), on: backend, pooling: pooling, normalizes: normalizes, dimensions: dimensions)
    }

    /// Loads a model from files, wherever they are, onto a backend.
    ///
    /// - Throws: ``BertError`` that names file, key and mend.
    public init(
        _ files: ModelFiles, on backend: any ComputeBackend, pooling: Pooling? = nil, normalizes: Bool? = nil,
        dimensions: Int? = nil
    ) throws {
        settings = try EmbeddingSettings(files, pooling: pooling, normalizes: normalizes, dimensions: dimensions)
        let config = try BertConfig(files)
        head = try SentenceHead(files, settings, hiddenSize: config.hiddenSize, on: backend)
        text = try TextEncoder(files, maximumLength: settings.maximumLength, config: config)
        model = try files.encoder(config, on: backend)
        dimension = head.dimension
        computing = backend
        self.backend = backend.info
        threads = ComputeThreads(for: backend)
    }

    /// The most tokens of a text, special ones included.
    public var maximumLength: Int { text.maximumLength }

    /// A vector for each text, in their order. Blocks the calling thread.
    ///
    /// - Parameters:
    ///   - texts: the texts, of any lengths.
    ///   - prompt: what is put before each text; the folder's default prompt if nil.
    ///   - options: batch size and truncation.
    /// - Throws: ``BertError`` with code `invalidInput`, naming the text, if one is too long and may not be cut; with
    ///   code `unknownName` if the folder has no such prompt.
    public func embed(
        _ texts: [String], prompt: Prompt? = nil, options: TextOptions = TextOptions()
    ) throws -> [[Float]] {
        let prompt = try settings.prompts.text(of: prompt)
        let skipped = settings.includesPrompt ? 0 : try text.promptLength(cased(prompt))
        var vectors = [[Float]](repeating: [], count: texts.count)
        let encodings = try text.encode(texts.map { cased(prompt + $0) }, options)
        for batch in TextBatches(encodings, tokenBudget: options.tokenBudget).batches {
            let values = try values(of: batch.input, skipping: skipped)
            for (row, place) in batch.places.enumerated() {
                vectors[place] = Array(values[row * dimension..<(row + 1) * dimension])
            }
        }
        return vectors
    }

    /// The vectors of a batch, one after the other.
    private func values(of input: ModelInput, skipping skipped: Int) throws -> [Float] {
        if settings.pooling == .cls, skipped == 0 {
            return try head(pooled: model.encode(input, options: ForwardOptions(rows: .first)).lastHiddenState)
        }
        let output = try model.encode(input, options: ForwardOptions())
        return try head(output.lastHiddenState, output.sequences, skipping: skipped)
    }

    private func cased(_ text: String) -> String { settings.lowercases ? text.lowercased() : text }

    /// A vector for each text, in their order. Computes on threads of its own, as many calls at a time as there are
    /// threads.
    ///
    /// - Throws: as the blocking method; `CancellationError` if the task is cancelled.
    public func embed(
        _ texts: [String], prompt: Prompt? = nil, options: TextOptions = TextOptions()
    ) async throws -> [[Float]] {
        try await threads.run { try embed(texts, prompt: prompt, options: options) as [[Float]] }
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
}
