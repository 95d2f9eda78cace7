public import BertCheckpoints
public import BertCore
public import BertModels

/// A pipeline that classifies texts, like `pipeline("text-classification")` in `transformers`. It supports all sequence
/// classifiers in the catalog, including those with early exit.
///
/// ```swift
/// let classifier = try TextClassifier(folder: "tiny-sst2-deebert")
/// let answers: [TextClassification] = try classifier.classify(["a charming journey"])
/// print(answers[0].label, answers[0].top(2))
/// ```
public struct TextClassifier: Sendable {
    /// The label of each logit.
    public let labels: [String]
    /// The number of layers of the model.
    public let layerCount: Int
    /// The default score function.
    public let function: ScoreFunction
    private let scorer: SequenceScorer

    /// Loads the checkpoint folder of a sequence classifier.
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
            on: files.backend(selection, for: "TextClassifier", .sequenceClassification, as: className))
    }

    /// Loads a model from files onto a backend.
    ///
    /// - Throws: ``BertError`` with file and key.
    public init(_ files: ModelFiles, as className: String? = nil, on backend: any ComputeBackend) throws {
        scorer = try SequenceScorer(files, as: className, on: backend)
        try scorer.config.checkLabelNames(source: files.path(of: BertConfig.fileName))
        labels = scorer.config.labels
        layerCount = scorer.config.numHiddenLayers
        function = ScoreFunction(scorer.config)
    }

    /// A description of the backend.
    public var backend: BackendInfo { scorer.loaded.backend.info }
    /// The name of the model class.
    public var modelName: String { scorer.loaded.name }
    /// The maximum number of tokens in a text or pair, including special tokens.
    public var maximumLength: Int { scorer.loaded.text.maximumLength }
    /// The configuration of the model.
    public var config: BertConfig { scorer.config }
    /// Whether the model supports early exit.
    public var hasOffRamps: Bool { scorer.hasOffRamps }

    /// Creates a call that maps texts or pairs to their classifications.
    ///
    /// - Parameters:
    ///   - policy: The exit policy; nil to use the checkpoint's own.
    ///   - function: The score function; nil to use ``TextClassifier/function``.
    ///   - options: The batch size and truncation.
    /// - Throws: ``BertError`` with code `invalidArgument` for a policy that the model doesn't support.
    public func call(
        policy: ExitPolicy? = nil, function: ScoreFunction? = nil, options: TextOptions = TextOptions()
    ) throws -> PipelineCall<PairedText, TextClassification> {
        let (labels, function, hasOffRamps) = (labels, function ?? self.function, hasOffRamps)
        return try scorer.call(policy: policy, options: options) { text in
            // An empty second text counts as none, as in `transformers`.
            [PairedText(text.text, pair: text.pair == "" ? nil : text.pair)]
        } finish: { _, rows in
            TextClassification(rows[0], labels: labels, function: function, hasOffRamps: hasOffRamps)
        }
    }

    /// Creates a call that computes all off-ramps and layers for each text, for the calibration of exits.
    ///
    /// - Parameter options: The batch size and truncation.
    /// - Throws: ``BertError`` with code `invalidArgument` if the model has no off-ramps.
    public func passages(options: TextOptions = TextOptions()) throws -> PipelineCall<PairedText, OffRampPassage> {
        try scorer.passages(options: options)
    }

    /// Classifies texts and returns the results in order. Blocks the calling thread.
    ///
    /// - Parameters:
    ///   - texts: The texts, of any length.
    ///   - policy: The exit policy; nil to use the checkpoint's own.
    ///   - function: The score function; nil to use ``TextClassifier/function``.
    ///   - options: The batch size and truncation.
    /// - Throws: ``BertError`` with code `tooManyTokens` and the text's index in `record` if a text is too long and
    ///   truncation is off, or with code `invalidArgument` for a policy that the model doesn't support.
    public func classify(
        _ texts: [String], policy: ExitPolicy? = nil, function: ScoreFunction? = nil,
        options: TextOptions = TextOptions()
    ) throws -> [TextClassification] {
        try classify(texts.map { PairedText($0) }, policy: policy, function: function, options: options)
    }

    /// Classifies texts or pairs and returns the results in order. Blocks the calling thread.
    ///
    /// An empty second text counts as none, as in `transformers`.
    ///
    /// - Throws: The same errors as for texts.
    public func classify(
        _ texts: [PairedText], policy: ExitPolicy? = nil, function: ScoreFunction? = nil,
        options: TextOptions = TextOptions()
    ) throws -> [TextClassification] {
        try call(policy: policy, function: function, options: options).outputs(of: texts)
    }

    /// Classifies texts asynchronously on ``ComputeThreads/shared``.
    ///
    /// - Throws: The errors of the blocking method; `CancellationError` if the task is canceled.
    public func classify(
        _ texts: [String], policy: ExitPolicy? = nil, function: ScoreFunction? = nil,
        options: TextOptions = TextOptions()
    ) async throws -> [TextClassification] {
        try await classify(texts.map { PairedText($0) }, policy: policy, function: function, options: options)
    }

    /// Classifies texts or pairs asynchronously on ``ComputeThreads/shared``.
    ///
    /// - Throws: The errors of the blocking method; `CancellationError` if the task is canceled.
    public func classify(
        _ texts: [PairedText], policy: ExitPolicy? = nil, function: ScoreFunction? = nil,
        options: TextOptions = TextOptions()
    ) async throws -> [TextClassification] {
        try await call(policy: policy, function: function, options: options).outputs(of: texts)
    }
}
