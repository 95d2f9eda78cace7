public import BertCheckpoints
public import BertCore
import BertModels
import BertTokenizers

/// A pipeline that computes one embedding per token for late interaction (ColBERT, Khattab & Zaharia 2020).
///
/// Supports folders of Stanford's ColBERT, of PyLate and of `MultiVectorEncoder` in sentence-transformers.
///
/// ```swift
/// let embedder = try TokenEmbedder(folder: "colbertv2.0")
/// let query = try embedder.embed(["Who makes music?"], as: .query)[0]
/// let documents = try embedder.embed(passages, as: .document)
/// let scores = try embedder.scores(query, documents)
/// ```
public struct TokenEmbedder: Sendable {
    /// The kind of a text. Queries and documents have different markers, maximum lengths and padding.
    public enum Side: String, Sendable, CaseIterable {
        case query
        case document
    }

    /// The prompts of the folder.
    public let prompts: FolderPrompts
    private let loaded: LoadedModel<any EncoderModel>
    private let head: TokenProjection
    private let query: TokenLayout
    private let document: TokenLayout

    /// Loads a folder.
    ///
    /// - Parameters:
    ///   - folder: The path of the folder.
    ///   - className: The name of a class in the catalog; nil for the encoder of the `model_type`.
    ///   - selection: The backend; nil to use the selection of the task, of `BERT_BACKEND`, or else `auto`.
    /// - Throws: ``BackendUnavailableError`` before any weights are read; ``BertError`` with file and key.
    public init(folder: String, as className: String? = nil, backend selection: BackendSelection? = nil) throws {
        let files = try ModelFiles(folder: folder)
        try self.init(
            files, as: className,
            on: files.transformerFiles().backend(selection, for: "TokenEmbedder", .encoder, as: className))
    }

    /// Loads a model from files onto a backend.
    ///
    /// - Throws: ``BertError`` with file and key.
    public init(_ files: ModelFiles, as className: String? = nil, on backend: any ComputeBackend) throws {
        let settings = try LateInteractionSettings(files)
        let name = "config_sentence_transformers.json"
        prompts = try FolderPrompts(files.contains(name) ? files.json(name) : nil)
        let network = try files.transformerFiles()
        let config = try BertConfig(network)
        // Checkpoints specify a custom class that includes the projection.
        let encoder = try className ?? ModelCatalogue.shared.entry(for: .encoder, of: config.family).name
        loaded = try LoadedModel(
            network, for: .encoder, as: encoder, lowercases: TransformerSettings(network).lowercases, on: backend)
        head = try TokenProjection(files, settings.projection, hiddenSize: loaded.config.hiddenSize, on: backend)
        query = try TokenLayout(settings.query, settings, loaded.text, files)
        document = try TokenLayout(settings.document, settings, loaded.text, files)
    }

    /// Returns whether a folder is configured for late interaction.
    public static func canRead(_ files: ModelFiles) -> Bool { LateInteractionSettings.areConfigured(by: files) }

    /// The number of components in a vector.
    public var dimension: Int { head.dimension }
    /// A description of the backend.
    public var backend: BackendInfo { loaded.backend.info }
    /// The name of the model class.
    public var modelName: String { loaded.name }
    /// Returns the maximum number of tokens in a query or document, including special tokens and the marker.
    public func maximumLength(_ side: Side) -> Int { layout(side).maximumLength }

    var computing: any ComputeBackend { loaded.backend }

    private func layout(_ side: Side) -> TokenLayout { side == .query ? query : document }

    /// Creates a call that maps texts to the vectors of their tokens, `[tokens][dimension]`.
    ///
    /// Documents that are too long are truncated if `options` allow it. Queries are always truncated, as in other
    /// implementations.
    ///
    /// - Throws: ``BertError`` with code `unknownName` if the folder has no such prompt.
    public func call(
        as side: Side = .document, prompt: Prompt? = nil, options: TextOptions = TextOptions()
    ) throws -> PipelineCall<String, [[Float]]> {
        let words = try prompts.text(of: prompt ?? (side == .query ? .query : .document))
        let layout = layout(side)
        return PipelineCall(kind: "text", on: loaded.backend, budget: BatchBudget(tokens: options.tokenBudget)) {
            [try layout.encode(words + $0, options)]
        } forward: { [self] batch in
            try vectors(of: batch.encodings, layout)
        } finish: { _, _, vectors in
            vectors[vectors.startIndex]
        }
    }

    /// Embeds texts and returns the vectors of their tokens in order, `[texts][tokens][dimension]`. Blocks the calling
    /// thread.
    ///
    /// - Throws: ``BertError`` with code `tooManyTokens` and the text's index in `record` if a document is too long and
    ///   truncation is off.
    public func embed(
        _ texts: [String], as side: Side = .document, prompt: Prompt? = nil, options: TextOptions = TextOptions()
    ) throws -> [[[Float]]] {
        try call(as: side, prompt: prompt, options: options).outputs(of: texts)
    }

    /// Embeds texts asynchronously on ``ComputeThreads/shared``.
    ///
    /// - Throws: The errors of the blocking method; `CancellationError` if the task is canceled.
    public func embed(
        _ texts: [String], as side: Side = .document, prompt: Prompt? = nil, options: TextOptions = TextOptions()
    ) async throws -> [[[Float]]] {
        try await call(as: side, prompt: prompt, options: options).outputs(of: texts)
    }

    /// Returns the MaxSim scores of documents for a query: the sum over the query's vectors of the greatest dot product
    /// with a vector of the document. The score of a document without vectors is 0.
    ///
    /// - Throws: ``BertError`` with code `invalidInput` for vectors of different dimensions.
    public func scores(_ query: [[Float]], _ documents: [[[Float]]]) throws -> [Float] {
        let width = query.first?.count ?? documents.joined().first?.count ?? dimension
        for vectors in [query] + documents {
            guard let bad = vectors.first(where: { $0.count != width }) else { continue }
            throw BertError(
                .invalidInput, "a vector has \(bad.count) components, but the query has \(width)",
                value: .int(bad.count), limit: .int(width))
        }
        let filled = documents.indices.filter { !documents[$0].isEmpty }
        var scores = [Float](repeating: 0, count: documents.count)
        guard !query.isEmpty, !filled.isEmpty else { return scores }
        let backend = loaded.backend
        try backend.asCaller {
            func tensor(_ vectors: [[Float]]) throws -> Tensor {
                try backend.upload(
                    HostBuffer(Array(vectors.joined())), shape: [vectors.count, width], elementType: .float32)
            }
            let greatest = try MaxSim.greatest(
                tensor(query), of: tensor(filled.flatMap { documents[$0] }),
                PackedSequences(lengths: filled.map { documents[$0].count }), on: backend)
            for (row, index) in filled.enumerated() {
                scores[index] = greatest[row * query.count..<(row + 1) * query.count].reduce(0, +)
            }
        }
        return scores
    }

    private func vectors(of encodings: [Encoding], _ layout: TokenLayout) throws -> [[[Float]]] {
        let rows = encodings.map(layout.row)
        var input = ModelInput(ids: rows.map(\.ids))
        if rows.contains(where: { $0.seen.contains(false) }) { input.mask = .tokens(rows.flatMap(\.seen)) }
        // Masked tokens have vectors as well.
        var options = ForwardOptions(maskedTokens: true)
        options.fullyMaskedRows = .zeros
        let hidden = try loaded.model.encode(input, options: options).lastHiddenState
        var kept: [Int32] = []
        var first = 0
        for row in rows {
            kept += row.kept.map { Int32(first + $0) }
            first += row.ids.count
        }
        guard !kept.isEmpty else { return rows.map { _ in [] } }
        let backend = loaded.backend
        let values = try head(
            kept.count == first ? hidden : backend.gatherRows(hidden, indices: backend.indices(kept)))
        var place = 0
        return rows.map { row in
            row.kept.map { _ in
                defer { place += dimension }
                return Array(values[place..<place + dimension])
            }
        }
    }
}
