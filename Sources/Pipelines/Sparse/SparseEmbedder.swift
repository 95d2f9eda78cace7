public import BertCheckpoints
public import BertCore
import BertModels
import BertTokenizers

/// Texts in, one sparse vector each out, with a component for each token of the vocabulary: SPLADE, what
/// sentence-transformers calls a `SparseEncoder`. Vectors are compared by ``SparseVector/dot(_:)``.
///
/// ```swift
/// let embedder = try SparseEmbedder(folder: "splade-v3")
/// let vectors = try embedder.embed(["A man is eating food."], prompt: .document)
/// ```
///
/// A folder without `modules.json` is a masked language model whose greatest scores count.
public struct SparseEmbedder: Sendable {
    /// What is put before texts.
    public let prompts: FolderPrompts
    private let settings: SparseSettings
    private let loaded: LoadedModel<any MaskedLanguageModel>
    private let queries: StaticQueries?

    /// Loads a folder.
    ///
    /// - Parameters:
    ///   - folder: its path.
    ///   - className: which class of the catalogue; nil leaves it to `config.json`.
    ///   - selection: the backend; nil leaves it to the task, then to `BERT_BACKEND`, then to `auto`.
    /// - Throws: ``BackendUnavailableError`` before any weights are read; ``BertError`` with file and key.
    public init(folder: String, as className: String? = nil, backend selection: BackendSelection? = nil) throws {
        let files = try ModelFiles(folder: folder)
        let network = try Self.network(files)
        try self.init(
            files, as: className, on: network.backend(selection, for: "SparseEmbedder", .maskedLM, as: className))
    }

    /// Loads a model from files, wherever they are, onto a backend.
    ///
    /// - Throws: ``BertError`` with file and key.
    public init(_ files: ModelFiles, as className: String? = nil, on backend: any ComputeBackend) throws {
        settings = try SparseSettings(files)
        let name = "config_sentence_transformers.json"
        prompts = try FolderPrompts(files.contains(name) ? files.json(name) : nil)
        let network = try Self.network(files)
        let transformer = try TransformerSettings(network)
        loaded = try LoadedModel(
            network, for: .maskedLM, as: className, maximumLength: transformer.maximumLength,
            lowercases: transformer.lowercases, on: backend)
        let config = loaded.config
        queries = try settings.staticQueries.map { try StaticQueries(files.subfolder($0), config) }
    }

    /// The folder with the masked language model.
    package static func network(_ files: ModelFiles) throws -> ModelFiles {
        let path = try SparseSettings(files).path
        return path.isEmpty ? files : try files.subfolder(path)
    }

    /// The components of a vector, most of which are 0: the tokens of the vocabulary.
    public var dimension: Int { loaded.config.vocabSize }
    /// The backend that computes.
    public var backend: BackendInfo { loaded.backend.info }
    /// The class of the model.
    public var modelName: String { loaded.name }
    /// The most tokens of a text, special ones included.
    public var maximumLength: Int { loaded.text.maximumLength }
    /// Whether queries have weights of their own and need no model.
    public var isInferenceFree: Bool { queries != nil }

    /// A call with these options: texts in, a vector for each out.
    ///
    /// - Parameters:
    ///   - prompt: what is put before each text; the folder's default prompt if nil. An inference-free folder weighs the
    ///     tokens of ``Prompt/query`` and of the prompt named `query`, and sends all else through the model.
    ///   - maxActiveDims: keeps the greatest components alone; all if nil.
    ///   - options: batch size and truncation.
    /// - Throws: ``BertError`` with code `unknownName` if the folder has no such prompt, with code `invalidArgument` for
    ///   fewer than one component.
    public func call(
        prompt: Prompt? = nil, maxActiveDims: Int? = nil, options: TextOptions = TextOptions()
    ) throws -> PipelineCall<String, SparseVector> {
        if let maxActiveDims, maxActiveDims < 1 {
            throw BertError(
                .invalidArgument, "at least one component has to be kept", key: "maxActiveDims",
                value: .int(maxActiveDims), limit: 1)
        }
        // Both sides of a search have their names, whether the folder has prompts for them or not.
        let prompt = prompt == .named("query") ? .query : prompt == .named("document") ? .document : prompt
        let words = try prompts.text(of: prompt)
        if prompt == .query, let queries {
            return PipelineCall(kind: "text", on: loaded.backend, budget: BatchBudget(tokens: options.tokenBudget)) {
                [try queries.encode(words + $0)]
            } forward: { batch in
                batch.encodings.map { queries.vector($0.ids, limit: maxActiveDims) }
            } finish: { _, _, vectors in
                vectors[vectors.startIndex]
            }
        }
        return PipelineCall(kind: "text", on: loaded.backend, budget: BatchBudget(tokens: options.tokenBudget)) {
            [loaded] text in
            [try loaded.text.encode(PairedText(words + text), options)]
        } forward: { [self] batch in
            try vectors(of: loaded.input(batch), maxActiveDims)
        } finish: { _, _, vectors in
            vectors[vectors.startIndex]
        }
    }

    /// A vector for each text, in their order. Blocks the calling thread.
    ///
    /// - Throws: as ``call(prompt:maxActiveDims:options:)``; ``BertError`` with code `tooManyTokens` and the text's index in
    ///   `record` if one is too long and may not be cut.
    public func embed(
        _ texts: [String], prompt: Prompt? = nil, maxActiveDims: Int? = nil, options: TextOptions = TextOptions()
    ) throws -> [SparseVector] {
        try call(prompt: prompt, maxActiveDims: maxActiveDims, options: options).outputs(of: texts)
    }

    /// As the blocking method, on ``ComputeThreads/shared``.
    ///
    /// - Throws: also `CancellationError` if the task is cancelled.
    public func embed(
        _ texts: [String], prompt: Prompt? = nil, maxActiveDims: Int? = nil, options: TextOptions = TextOptions()
    ) async throws -> [SparseVector] {
        try await call(prompt: prompt, maxActiveDims: maxActiveDims, options: options).outputs(of: texts)
    }

    private func vectors(of input: ModelInput, _ limit: Int?) throws -> [SparseVector] {
        var pooling = SparsePooling(settings, lengths: input.lengths, limit: limit, on: loaded.backend)
        // Blocks of at most 16 MB of logits.
        try loaded.model.forEachBlock(of: max(8, 1 << 22 / dimension), of: input) { try pooling.add($0) }
        return pooling.vectors
    }
}
