public import BertCheckpoints
public import BertCore
import BertModels

/// A cross-encoder pipeline that ranks passages by their relevance to a query.
///
/// ```swift
/// let reranker = try Reranker(folder: "ms-marco-MiniLM-L-6-v2")
/// let ranks: [RankedText] = try reranker.rerank("What is Swift?", ["A bird.", "A programming language."])
/// ```
public struct Reranker: Sendable {
    private let scorer: SequenceScorer
    private let settings: CrossEncoderSettings

    /// Loads the checkpoint folder of a sequence classifier with one label.
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
            on: files.backend(selection, for: "Reranker", .sequenceClassification, as: className))
    }

    /// Loads a model from files onto a backend.
    ///
    /// - Throws: ``BertError`` with file and key, or with code `invalidConfiguration` unless the model has exactly one
    ///   label.
    public init(_ files: ModelFiles, as className: String? = nil, on backend: any ComputeBackend) throws {
        settings = try CrossEncoderSettings(files)
        scorer = try SequenceScorer(files, as: className, settings.transformer, on: backend)
        let labels = scorer.config.numLabels
        guard labels == 1 else {
            throw BertError(
                .invalidConfiguration, "a reranker requires one label, but the model has \(labels)",
                file: files.path(of: BertConfig.fileName), key: "id2label", value: .int(labels), limit: 1)
        }
    }

    /// A description of the backend.
    public var backend: BackendInfo { scorer.loaded.backend.info }
    /// The name of the model class.
    public var modelName: String { scorer.loaded.name }
    /// The maximum number of tokens in a query and a passage, including special tokens.
    public var maximumLength: Int { scorer.loaded.text.maximumLength }

    /// Creates a call that maps passages to their relevance scores, in order.
    public func call(
        _ query: String, options: TextOptions = TextOptions()
    ) throws -> PipelineCall<String, PassageScore> {
        let (activation, query) = (settings.activation, settings.prompt + query)
        return try scorer.call(policy: nil, options: options) {
            [PairedText(query, pair: $0)]
        } finish: { _, rows in
            PassageScore(logit: rows[0].logits[0], activation)
        }
    }

    /// Returns the passages in order of decreasing relevance; the first ones for ties. Blocks the calling thread.
    ///
    /// - Parameters:
    ///   - query: The query.
    ///   - texts: The passages, of any length.
    ///   - rawScores: Whether scores are logits, without the activation function of the model.
    ///   - returnsText: Whether results include their passage.
    ///   - options: The batch size and truncation.
    /// - Throws: ``BertError`` with code `tooManyTokens` and the passage's index in `record` if it is too long together
    ///   with the query and truncation is off.
    public func rerank(
        _ query: String, _ texts: [String], rawScores: Bool = false, returnsText: Bool = false,
        options: TextOptions = TextOptions()
    ) throws -> [RankedText] {
        Self.ranked(
            try call(query, options: options).outputs(of: texts), texts, rawScores: rawScores, returnsText: returnsText)
    }

    /// Ranks passages asynchronously on ``ComputeThreads/shared``.
    ///
    /// - Throws: The errors of the blocking method; `CancellationError` if the task is canceled.
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
        // Sort by logits, because different logits can have the same score.
        ranking(scores.map { Double($0.logit) }).map { place in
            RankedText(
                index: place, score: scores[place].score(raw: rawScores), text: returnsText ? texts[place] : nil)
        }
    }
}

/// The relevance of a passage for a query.
public struct PassageScore: Sendable, Hashable {
    /// The output of the model. Use it for ranking, because different logits can have the same score.
    public let logit: Float
    private let activation: CrossEncoderSettings.Activation

    /// Creates a score that is the logit itself.
    package init(logit: Float) { self.init(logit: logit, .identity) }

    init(logit: Float, _ activation: CrossEncoderSettings.Activation) {
        self.logit = logit
        self.activation = activation
    }

    /// Returns the logit, or the result of the model's activation function: the sigmoid, from 0 to 1, unless the folder
    /// specifies another one (`activation_fn` in sentence-transformers).
    public func score(raw: Bool = false) -> Double { raw ? Double(logit) : activation(logit) }
}

/// A passage and its relevance for a query, in the format of `/rerank` in text-embeddings-inference.
public struct RankedText: Sendable, Hashable, Codable {
    /// The index of the passage in the input.
    public let index: Int
    /// The relevance: the result of the model's activation function, or a logit.
    public let score: Double
    /// The passage, if requested.
    public let text: String?
}
