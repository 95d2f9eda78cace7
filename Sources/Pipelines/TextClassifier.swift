public import BertCheckpoints
public import BertCore
public import BertModels

/// Texts in, labels out: `pipeline("text-classification")` of `transformers`, with any of the catalogue's sequence
/// classifiers, those included that may leave early.
///
/// ```swift
/// let classifier = try TextClassifier(folder: "tiny-sst2-deebert")
/// let answers: [TextClassification] = try classifier.classify(["a charming journey"])
/// print(answers[0].label, answers[0].top(2))
/// ```
public struct TextClassifier: Sendable {
    /// The label of each logit.
    public let labels: [String]
    /// How many layers the model has.
    public let layerCount: Int
    /// What makes scores of logits unless a call says otherwise.
    public let function: ScoreFunction
    /// What it computes on.
    public let backend: BackendInfo
    private let scorer: SequenceScorer
    private let threads: ComputeThreads

    /// Loads the checkpoint folder of a sequence classifier.
    ///
    /// - Parameters:
    ///   - folder: its path.
    ///   - className: which class of the catalogue; nil is the one that `config.json` says.
    ///   - selection: the backend; nil leaves it to the task, then to `BERT_BACKEND`, then to `auto`.
    /// - Throws: ``BackendUnavailableError`` before anything is read; ``BertError`` that names file, key and mend.
    public init(folder: String, as className: String? = nil, backend selection: BackendSelection? = nil) throws {
        let backend = try BackendRegistry.shared.backend(selection, for: "TextClassifier")
        try self.init(ModelFiles(folder: folder), as: className, on: backend)
    }

    /// Loads a model from files, wherever they are, onto a backend.
    ///
    /// - Throws: ``BertError`` that names file, key and mend.
    public init(_ files: ModelFiles, as className: String? = nil, on backend: any ComputeBackend) throws {
        scorer = try SequenceScorer(files, as: className, on: backend)
        labels = scorer.config.labels
        layerCount = scorer.config.numHiddenLayers
        function = ScoreFunction(scorer.config)
        self.backend = backend.info
        threads = ComputeThreads(for: backend)
    }

    /// The most tokens of a text or a pair, special ones included.
    public var maximumLength: Int { scorer.maximumLength }
    /// Whether texts may leave before the last layer.
    public var hasOffRamps: Bool { scorer.hasOffRamps }

    /// The labels of each text, in their order. Blocks the calling thread.
    ///
    /// - Parameters:
    ///   - texts: the texts, of any lengths.
    ///   - policy: when a text leaves the network; the checkpoint's own policy if nil.
    ///   - function: what makes scores of logits; ``TextClassifier/function`` if nil.
    ///   - options: batch size and truncation.
    /// - Throws: ``BertError`` with code `invalidInput`, naming the text, if one is too long and may not be cut; with
    ///   code `invalidArgument` for a policy that the model can't follow.
    public func classify(
        _ texts: [String], policy: ExitPolicy? = nil, function: ScoreFunction? = nil,
        options: TextOptions = TextOptions()
    ) throws -> [TextClassification] {
        try classify(texts.map { PairedText($0) }, policy: policy, function: function, options: options)
    }

    /// The labels of each text or pair, in their order. Blocks the calling thread.
    ///
    /// A second text that is empty is none, as in `transformers`.
    ///
    /// - Throws: as for texts.
    public func classify(
        _ texts: [PairedText], policy: ExitPolicy? = nil, function: ScoreFunction? = nil,
        options: TextOptions = TextOptions()
    ) throws -> [TextClassification] {
        let texts = texts.map { PairedText($0.text, pair: $0.pair == "" ? nil : $0.pair) }
        return try scorer.rows(texts, policy: policy, options: options).map {
            TextClassification($0, labels: labels, function: function ?? self.function, hasOffRamps: hasOffRamps)
        }
    }

    /// The labels of each text, in their order. Computes on threads of its own, as many calls at a time as there are
    /// threads.
    ///
    /// - Throws: as the blocking method; `CancellationError` if the task is cancelled.
    public func classify(
        _ texts: [String], policy: ExitPolicy? = nil, function: ScoreFunction? = nil,
        options: TextOptions = TextOptions()
    ) async throws -> [TextClassification] {
        try await classify(texts.map { PairedText($0) }, policy: policy, function: function, options: options)
    }

    /// The labels of each text or pair, in their order. Computes on threads of its own, as many calls at a time as
    /// there are threads.
    ///
    /// - Throws: as the blocking method; `CancellationError` if the task is cancelled.
    public func classify(
        _ texts: [PairedText], policy: ExitPolicy? = nil, function: ScoreFunction? = nil,
        options: TextOptions = TextOptions()
    ) async throws -> [TextClassification] {
        try await threads.run {
            try classify(texts, policy: policy, function: function, options: options) as [TextClassification]
        }
    }
}
