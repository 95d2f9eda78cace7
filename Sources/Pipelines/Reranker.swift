public import BertCheckpoints
public import BertCore
import BertModels

/// A query and passages in, the passages by how well they answer it out: a cross-encoder, which reads each passage
/// together with the query.
///
/// ```swift
/// let reranker = try Reranker(folder: "ms-marco-MiniLM-L-6-v2")
/// let ranks: [RankedText] = try reranker.rerank("What is Swift?", ["A bird.", "A programming language."])
/// ```
public struct Reranker: Sendable {
    /// What it computes on.
    public let backend: BackendInfo
    private let scorer: SequenceScorer
    private let threads: ComputeThreads

    /// Loads the checkpoint folder of a sequence classifier with one label.
    ///
    /// - Parameters:
    ///   - folder: its path.
    ///   - className: which class of the catalogue; nil is the one that `config.json` says.
    ///   - selection: the backend; nil leaves it to the task, then to `BERT_BACKEND`, then to `auto`.
    /// - Throws: ``BackendUnavailableError`` before anything is read; ``BertError`` that names file, key and mend.
    public init(folder: String, as className: String? = nil, backend selection: BackendSelection? = nil) throws {
        let backend = try BackendRegistry.shared.backend(selection, for: "Reranker")
        try self.init(ModelFiles(folder: folder), as: className, on: backend)
    }

    /// Loads a model from files, wherever they are, onto a backend.
    ///
    /// - Throws: ``BertError`` that names file, key and mend; with code `invalidConfiguration` if the model has not one
    ///   label.
    public init(_ files: ModelFiles, as className: String? = nil, on backend: any ComputeBackend) throws {
        scorer = try SequenceScorer(files, as: className, on: backend)
        let labels = scorer.config.numLabels
        guard labels == 1 else {
            throw BertError(
                .invalidConfiguration,
                "\(files.path(of: BertConfig.fileName)): a reranker has one label, this model has \(labels)")
        }
        self.backend = backend.info
        threads = ComputeThreads(for: backend)
    }

    /// The most tokens of a query with a passage, special ones included.
    public var maximumLength: Int { scorer.maximumLength }

    /// The passages, the best first; of equals the first. Blocks the calling thread.
    ///
    /// - Parameters:
    ///   - query: the query.
    ///   - texts: the passages, of any lengths.
    ///   - rawScores: whether scores are logits rather than their sigmoid.
    ///   - returnsText: whether results bear their passage.
    ///   - options: batch size and truncation.
    /// - Throws: ``BertError`` with code `invalidInput`, naming the passage, if one is too long with the query and may
    ///   not be cut.
    public func rerank(
        _ query: String, _ texts: [String], rawScores: Bool = false, returnsText: Bool = false,
        options: TextOptions = TextOptions()
    ) throws -> [RankedText] {
        let function = rawScores ? ScoreFunction.none : .sigmoid
        let rows = try scorer.rows(texts.map { PairedText(query, pair: $0) }, policy: nil, options: options)
        let logits = rows.map { Double($0.logits[0]) }
        // By logits: two that differ can have the same sigmoid.
        return ranking(logits).map { place in
            RankedText(
                index: place, score: function(rows[place].logits)[0], text: returnsText ? texts[place] : nil)
        }
    }

    /// The passages, the best first; of equals the first. Computes on threads of its own, as many calls at a time as
    /// there are threads.
    ///
    /// - Throws: as the blocking method; `CancellationError` if the task is cancelled.
    public func rerank(
        _ query: String, _ texts: [String], rawScores: Bool = false, returnsText: Bool = false,
        options: TextOptions = TextOptions()
    ) async throws -> [RankedText] {
        try await threads.run {
            try rerank(query, texts, rawScores: rawScores, returnsText: returnsText, options: options) as [RankedText]
        }
    }
}

/// How well a passage answers a query, as text-embeddings-inference's `/rerank` gives it.
public struct RankedText: Sendable, Hashable, Codable {
    /// Where the passage stood among those given.
    public let index: Int
    /// How well it answers: from 0 to 1, or a logit.
    public let score: Double
    /// The passage, if it was asked for.
    public let text: String?
}
