public import BertCheckpoints
public import BertCore
import BertJSON
import BertModels
import BertTokenizers

/// A pipeline that computes one sparse vector per text, with one component per token of the vocabulary (SPLADE), like
/// `SparseEncoder` in sentence-transformers.
///
/// Compare vectors by ``similarity``, usually ``SparseVector/dot(_:)``.
///
/// ```swift
/// let embedder = try SparseEmbedder(folder: "splade-v3")
/// let vectors = try embedder.embed(["A man is eating food."], prompt: .document)
/// ```
///
/// A folder without `modules.json` is treated as a masked language model with max pooling.
public struct SparseEmbedder: Sendable {
    /// The prompts of the folder.
    public let prompts: FolderPrompts
    /// The similarity function of the folder (`similarity_fn_name`); by default the dot product.
    public let similarity: Similarity
    private let settings: SparseSettings
    private let loaded: LoadedModel<any MaskedLanguageModel>
    private let queries: StaticQueries?
    /// Whether texts are converted to lower case before they are tokenized (`do_lower_case` of the folder).
    package let lowercases: Bool

    /// Loads a folder.
    ///
    /// - Parameters:
    ///   - folder: The path of the folder.
    ///   - className: The name of a class in the catalog; nil to use the one in `config.json`.
    ///   - selection: The backend; nil to use the selection of the task, of `BERT_BACKEND`, or else `auto`.
    /// - Throws: ``BackendUnavailableError`` before any weights are read; ``BertError`` with file and key.
    public init(folder: String, as className: String? = nil, backend selection: BackendSelection? = nil) throws {
        let files = try ModelFiles(folder: folder)
        let network = try Self.network(files)
        try self.init(
            files, as: className, on: network.backend(selection, for: "SparseEmbedder", .maskedLM, as: className))
    }

    /// Loads a model from files onto a backend.
    ///
    /// - Throws: ``BertError`` with file and key.
    public init(_ files: ModelFiles, as className: String? = nil, on backend: any ComputeBackend) throws {
        settings = try SparseSettings(files)
        let name = "config_sentence_transformers.json"
        let config = files.contains(name) ? try files.json(name) : nil
        prompts = try FolderPrompts(config)
        similarity = try Similarity(config?.member("similarity_fn_name")) ?? .dot
        let network = try Self.network(files)
        let transformer = try TransformerSettings(network, for: .fillMask)
        lowercases = transformer.lowercases
        loaded = try LoadedModel(
            network, for: .maskedLM, as: className, maximumLength: transformer.maximumLength,
            lowercases: transformer.lowercases, on: backend)
        queries = try settings.staticQueries.map { [loaded] in
            try StaticQueries(files.subfolder($0), loaded.config)
        }
    }

    /// Returns whether a folder is configured for sparse vectors. A folder without sentence-transformers settings
    /// isn't.
    public static func canRead(_ files: ModelFiles) -> Bool { SparseSettings.areConfigured(by: files) }

    /// Returns the folder of the masked language model.
    package static func network(_ files: ModelFiles) throws -> ModelFiles {
        try files.transformerFiles(path: SparseSettings(files).path)
    }

    /// The number of components in a vector, most of which are 0: the vocabulary size.
    public var dimension: Int { loaded.config.vocabSize }
    /// A description of the backend.
    public var backend: BackendInfo { loaded.backend.info }
    /// The name of the model class.
    public var modelName: String { loaded.name }
    /// The maximum number of tokens in a text, including special tokens.
    public var maximumLength: Int { loaded.text.maximumLength }
    /// Whether queries use static token weights instead of the model.
    public var isInferenceFree: Bool { queries != nil }

    /// Returns the token of a component; nil beyond the tokenizer's vocabulary.
    public func token(_ index: Int32) -> String? { loaded.text.tokenizer.vocabulary.token(index) }

    /// Creates a call that maps texts to vectors.
    ///
    /// - Parameters:
    ///   - prompt: The prompt to prepend to each text; nil for the folder's default prompt. In an inference-free
    ///     folder, ``Prompt/query`` and the prompt named `query` use static token weights, ``Prompt/document`` and the
    ///     prompt named `document` the model, and all others the folder's default route.
    ///   - maxActiveDims: The number of greatest components to keep; nil for all.
    ///   - options: The batch size and truncation.
    /// - Throws: ``BertError`` with code `unknownName` if the folder has no such prompt, or `invalidArgument` if
    ///   `maxActiveDims` is less than 1.
    public func call(
        prompt: Prompt? = nil, maxActiveDims: Int? = nil, options: TextOptions = TextOptions()
    ) throws -> PipelineCall<String, SparseVector> {
        if let maxActiveDims, maxActiveDims < 1 {
            throw BertError(
                .invalidArgument, "at least one component must be kept", key: "maxActiveDims",
                value: .int(maxActiveDims), limit: 1)
        }
        // Queries and documents can be selected by name, even if the folder has no such prompts.
        let prompt = prompt == .named("query") ? .query : prompt == .named("document") ? .document : prompt
        let words = try prompts.text(of: prompt)
        let isQuery = prompt == .query || settings.queriesAreDefault && prompt != .document
        if isQuery, let queries {
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

    /// Embeds texts and returns their vectors in order. Blocks the calling thread.
    ///
    /// - Throws: The errors of ``call(prompt:maxActiveDims:options:)``; ``BertError`` with code `tooManyTokens` and the
    ///   text's index in `record` if a text is too long and truncation is off.
    public func embed(
        _ texts: [String], prompt: Prompt? = nil, maxActiveDims: Int? = nil, options: TextOptions = TextOptions()
    ) throws -> [SparseVector] {
        try call(prompt: prompt, maxActiveDims: maxActiveDims, options: options).outputs(of: texts)
    }

    /// Embeds texts asynchronously on ``ComputeThreads/shared``.
    ///
    /// - Throws: The errors of the blocking method; `CancellationError` if the task is canceled.
    public func embed(
        _ texts: [String], prompt: Prompt? = nil, maxActiveDims: Int? = nil, options: TextOptions = TextOptions()
    ) async throws -> [SparseVector] {
        try await call(prompt: prompt, maxActiveDims: maxActiveDims, options: options).outputs(of: texts)
    }

    /// Computes the vectors of sequences of token ids, which include the special tokens, with the model.
    ///
    /// - Throws: The errors of the model.
    package func vectors(of ids: [[Int32]], types: [[Int32]]) throws -> [SparseVector] {
        try vectors(
            of: ModelInput(ids: ids, tokenTypes: loaded.text.hasTokenTypes ? types : nil), nil)
    }

    /// Returns the vector of a query in an inference-free folder: the static weights of its tokens.
    ///
    /// - Throws: ``BertError`` with code `unsupported` if the folder has no static weights; errors of the tokenizer.
    package func weighed(_ query: String) throws -> SparseVector {
        guard let queries else {
            throw BertError(.unsupported, "the folder has no static query weights; encode queries with the model")
        }
        return try queries.vector(queries.encode(query).ids, limit: nil)
    }

    private func vectors(of input: ModelInput, _ limit: Int?) throws -> [SparseVector] {
        var pooling = SparsePooling(settings, lengths: input.lengths, limit: limit, on: loaded.backend)
        // Blocks of at most 16 MB of logits.
        try loaded.model.forEachBlock(of: max(8, 1 << 22 / dimension), of: input) { try pooling.add($0) }
        return pooling.vectors
    }
}
