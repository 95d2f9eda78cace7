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
    private let scorer: SequenceScorer

    /// Loads the checkpoint folder of a sequence classifier with one label.
    ///
    /// - Parameters:
    ///   - folder: its path.
    ///   - className: which class of the catalogue; nil leaves it to `config.json`.
    ///   - selection: the backend; nil leaves it to the task, then to `BERT_BACKEND`, then to `auto`.
    /// - Throws: ``BackendUnavailableError`` before any weights are read; ``BertError`` with file and key.
    public init(folder: String, as className: String? = nil, backend selection: BackendSelection? = nil) throws {
        let files = try ModelFiles(folder: folder)
        try self.init(
            files, as: className,
            on: files.backend(selection, for: "Reranker", .sequenceClassification, as: className))
    }

    /// Loads a model from files, wherever they are, onto a backend.
    ///
    /// - Throws: ``BertError`` with file and key; with code `invalidConfiguration` unless the model has one label.
    public init(_ files: ModelFiles, as className: String? = nil, on backend: any ComputeBackend) throws {
        scorer = try SequenceScorer(files, as: className, on: backend)
        let labels = scorer.config.numLabels
        guard labels == 1 else {
            throw BertError(
                .invalidConfiguration, "a reranker has one label, this model has \(labels)",
                file: files.path(of: BertConfig.fileName), key: "id2label", value: .int(labels), limit: 1)
        }
    }

    /// The backend that computes.
    public var backend: BackendInfo { scorer.loaded.backend.info }
    /// The class of the model.
    public var modelName: String { scorer.loaded.name }
    /// The most tokens of a query with a passage, special ones included.
    public var maximumLength: Int { scorer.loaded.text.maximumLength }

    /// A call with these options: passages in, how well each answers the query out, in the order of the passages.
    public func call(
        _ query: String, options: TextOptions = TextOptions()
    ) throws -> PipelineCall<String, PassageScore> {
        try scorer.call(policy: nil, options: options) {
            [PairedText(query, pair: $0)]
        } finish: { _, rows in
            PassageScore(logit: rows[0].logits[0])
        }
    }

    /// The passages, the best first; of equals the first. Blocks the calling thread.
    ///
    /// - Parameters:
    ///   - query: the query.
    ///   - texts: the passages, of any lengths.
    ///   - rawScores: whether scores are logits rather than their sigmoid.
    ///   - returnsText: whether results carry their passage.
    ///   - options: batch size and truncation.
    /// - Throws: ``BertError`` with code `tooManyTokens` and the passage's index in `record` if one is too long with the
    ///   query and may not be cut.
    public func rerank(
        _ query: String, _ texts: [String], rawScores: Bool = false, returnsText: Bool = false,
        options: TextOptions = TextOptions()
    ) throws -> [RankedText] {
        Self.ranked(
            try call(query, options: options).outputs(of: texts), texts, rawScores: rawScores, returnsText: returnsText)
    }

    /// As the blocking method, on ``ComputeThreads/shared``.
    ///
    /// - Throws: also `CancellationError` if the task is cancelled.
    public func rerank(
        _ query: String, _ texts: [String], rawScores: Bool = false, returnsText: Bool = false,
        options: TextOptions = TextOptions()
    ) async throws -> [RankedText] {
        Self.ranked(
            try await call(query, options: options).outputs(of: texts), texts, rawScores: rawScores,
            returnsText: returnsText)
    }

    private static func ranked(
        _ scores: [PassageScore], _ texts: [String], rawScores: Bool, returnsText: Bool
    ) -> [RankedText] {
        // By logits: two that differ can have the same sigmoid.
        ranking(scores.map { Double($0.logit) }).map { place in
            RankedText(
                index: place, score: scores[place].score(raw: rawScores), text: returnsText ? texts[place] : nil)
        }
    }
}

/// How well a passage answers a query.
public struct PassageScore: Sendable, Hashable {
    /// What the model gives. Rank by it: two that differ can have the same sigmoid.
    public let logit: Float

    /// A score.
    package init(logit: Float) { self.logit = logit }

    /// The logit, or its sigmoid, from 0 to 1.
    public func score(raw: Bool = false) -> Double { (raw ? ScoreFunction.none : .sigmoid)([logit])[0] }
}

/// A passage and how well it answers a query, as text-embeddings-inference's `/rerank` gives it.
public struct RankedText: Sendable, Hashable, Codable {
    /// The passage's index among those given.
    public let index: Int
    /// How well it answers: from 0 to 1, or a logit.
    public let score: Double
    /// The passage, if it was asked for.
    public let text: String?
}
