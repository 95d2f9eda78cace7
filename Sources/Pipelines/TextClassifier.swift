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
    private let scorer: SequenceScorer

    /// Loads the checkpoint folder of a sequence classifier.
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
            on: files.backend(selection, for: "TextClassifier", .sequenceClassification, as: className))
    }

    /// Loads a model from files, wherever they are, onto a backend.
    ///
    /// - Throws: ``BertError`` with file and key.
    public init(_ files: ModelFiles, as className: String? = nil, on backend: any ComputeBackend) throws {
        scorer = try SequenceScorer(files, as: className, on: backend)
        try scorer.config.checkLabelNames(source: files.path(of: BertConfig.fileName))
        labels = scorer.config.labels
        layerCount = scorer.config.numHiddenLayers
        function = ScoreFunction(scorer.config)
    }

    /// The backend that computes.
    public var backend: BackendInfo { scorer.loaded.backend.info }
    /// The class of the model.
    public var modelName: String { scorer.loaded.name }
    /// The most tokens of a text or a pair, special ones included.
    public var maximumLength: Int { scorer.loaded.text.maximumLength }
    /// The model's configuration.
    public var config: BertConfig { scorer.config }
    /// Whether texts may leave before the last layer.
    public var hasOffRamps: Bool { scorer.hasOffRamps }

    /// A call with these options: texts or pairs in, their labels out.
    ///
    /// - Parameters:
    ///   - policy: when a text leaves the network; the checkpoint's own policy if nil.
    ///   - function: what makes scores of logits; ``TextClassifier/function`` if nil.
    ///   - options: batch size and truncation.
    /// - Throws: ``BertError`` with code `invalidArgument` for a policy that the model can't follow.
    public func call(
        policy: ExitPolicy? = nil, function: ScoreFunction? = nil, options: TextOptions = TextOptions()
    ) throws -> PipelineCall<PairedText, TextClassification> {
        let (labels, function, hasOffRamps) = (labels, function ?? self.function, hasOffRamps)
        return try scorer.call(policy: policy, options: options) { text in
            // An empty second text is none, as in `transformers`.
            [PairedText(text.text, pair: text.pair == "" ? nil : text.pair)]
        } finish: { _, rows in
            TextClassification(rows[0], labels: labels, function: function, hasOffRamps: hasOffRamps)
        }
    }

    /// A call that sends each text past all off-ramps and through all layers: what exits are calibrated on.
    ///
    /// - Parameter options: batch size and truncation.
    /// - Throws: ``BertError`` with code `invalidArgument` if the model has no off-ramps.
    public func passages(options: TextOptions = TextOptions()) throws -> PipelineCall<PairedText, OffRampPassage> {
        try scorer.passages(options: options)
    }

    /// The labels of each text, in their order. Blocks the calling thread.
    ///
    /// - Parameters:
    ///   - texts: the texts, of any lengths.
    ///   - policy: when a text leaves the network; the checkpoint's own policy if nil.
    ///   - function: what makes scores of logits; ``TextClassifier/function`` if nil.
    ///   - options: batch size and truncation.
    /// - Throws: ``BertError`` with code `tooManyTokens` and the text's index in `record` if one is too long and may not
    ///   be cut; with code `invalidArgument` for a policy that the model can't follow.
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
        try call(policy: policy, function: function, options: options).outputs(of: texts)
    }

    /// As the blocking method, on ``ComputeThreads/shared``.
    ///
    /// - Throws: also `CancellationError` if the task is cancelled.
    public func classify(
        _ texts: [String], policy: ExitPolicy? = nil, function: ScoreFunction? = nil,
        options: TextOptions = TextOptions()
    ) async throws -> [TextClassification] {
        try await classify(texts.map { PairedText($0) }, policy: policy, function: function, options: options)
    }

    /// As the blocking method, on ``ComputeThreads/shared``.
    ///
    /// - Throws: also `CancellationError` if the task is cancelled.
    public func classify(
        _ texts: [PairedText], policy: ExitPolicy? = nil, function: ScoreFunction? = nil,
        options: TextOptions = TextOptions()
    ) async throws -> [TextClassification] {
        try await call(policy: policy, function: function, options: options).outputs(of: texts)
    }
}
