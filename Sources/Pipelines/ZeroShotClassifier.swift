public import BertCheckpoints
public import BertCore
import BertJSON
import BertModels
import BertTokenizers

/// A pipeline that classifies texts with arbitrary labels, like `pipeline("zero-shot-classification")` in
/// `transformers`.
///
/// The model predicts whether a text entails the hypothesis "This example is *label*."
public struct ZeroShotClassifier: Sendable {
    /// The default hypothesis template.
    public static let hypothesisTemplate = "This example is {}."

    /// The index of the entailment label.
    public let entailmentID: Int
    private let scorer: SequenceScorer

    /// Loads the checkpoint folder of a natural language inference classifier.
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
            on: files.backend(selection, for: "ZeroShotClassifier", .sequenceClassification, as: className))
    }

    /// Loads a model from files onto a backend.
    ///
    /// - Throws: ``BertError`` with file and key, or with code `invalidConfiguration` if no label starts with "entail".
    public init(_ files: ModelFiles, as className: String? = nil, on backend: any ComputeBackend) throws {
        scorer = try SequenceScorer(files, as: className, on: backend)
        let config = scorer.config
        // The first such label in the file, as in Python.
        let names = config.raw["label2id"]?.objectValue?.keys ?? config.labels
        let name = names.first { $0.lowercased().hasPrefix("entail") }
        guard let id = name.flatMap({ config.label2id[$0] }), config.labels.indices.contains(id), config.numLabels > 1
        else {
            throw BertError(
                .invalidConfiguration,
                """
                no label begins with "entail", which zero-shot classification requires; the labels are \
                \(config.labels.joined(separator: ", ")). Use a model trained on natural language inference, or rename \
                its label
                """, file: files.path(of: BertConfig.fileName), key: "label2id")
        }
        entailmentID = id
    }

    /// A description of the backend.
    public var backend: BackendInfo { scorer.loaded.backend.info }
    /// The name of the model class.
    public var modelName: String { scorer.loaded.name }
    /// The maximum number of tokens in a text and a hypothesis, including special tokens.
    public var maximumLength: Int { scorer.loaded.text.maximumLength }

    /// Creates a call that maps texts to the scores of labels.
    ///
    /// - Parameters:
    ///   - labels: The labels; at least one.
    ///   - hypothesisTemplate: The template, in which `{}` is replaced by a label.
    ///   - multiLabel: Whether labels are scored independently instead of relative to each other.
    ///   - options: The batch size and truncation.
    /// - Throws: ``BertError`` with code `invalidArgument` if there are no labels or the template doesn't contain `{}`
    ///   exactly once.
    public func call(
        labels: [String], hypothesisTemplate: String = Self.hypothesisTemplate, multiLabel: Bool = false,
        options: TextOptions = TextOptions()
    ) throws -> PipelineCall<String, ZeroShotClassification> {
        guard !labels.isEmpty else {
            throw BertError(.invalidArgument, "there are no labels; pass at least one", key: "labels")
        }
        let parts = hypothesisTemplate.split(separator: "{}", omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            throw BertError(
                .invalidArgument,
                """
                "\(hypothesisTemplate)" has \(parts.count - 1) placeholders; it must contain {} once, as in \
                "\(Self.hypothesisTemplate)"
                """, key: "hypothesisTemplate", value: .string(hypothesisTemplate))
        }
        let hypotheses = labels.map { label in "\(parts[0])\(label)\(parts[1])" }
        return try scorer.call(policy: nil, options: options, truncation: .onlyFirst) { text in
            hypotheses.map { PairedText(text, pair: $0) }
        } finish: { [self] text, rows in
            let scores = scores(rows.map(\.logits), multiLabel: multiLabel || labels.count == 1)
            let order = ranking(scores)
            return ZeroShotClassification(
                sequence: text, labels: order.map { labels[$0] }, scores: order.map { scores[$0] })
        }
    }

    /// Classifies texts and returns the scores of labels. Blocks the calling thread.
    ///
    /// - Parameters:
    ///   - texts: The texts. If `options` allow truncation, texts are truncated, but hypotheses aren't.
    ///   - labels: The labels; at least one.
    ///   - hypothesisTemplate: The template, in which `{}` is replaced by a label.
    ///   - multiLabel: Whether labels are scored independently instead of relative to each other.
    ///   - options: The batch size and truncation.
    /// - Throws: ``BertError`` with code `invalidArgument` if there are no labels or the template doesn't contain `{}`
    ///   exactly once, or with code `tooManyTokens` and the text's index in `record` if a text is too long and
    ///   truncation is off.
    public func classify(
        _ texts: [String], labels: [String], hypothesisTemplate: String = Self.hypothesisTemplate,
        multiLabel: Bool = false, options: TextOptions = TextOptions()
    ) throws -> [ZeroShotClassification] {
        try call(labels: labels, hypothesisTemplate: hypothesisTemplate, multiLabel: multiLabel, options: options)
            .outputs(of: texts)
    }

    /// Classifies texts asynchronously on ``ComputeThreads/shared``.
    ///
    /// - Throws: The errors of the blocking method; `CancellationError` if the task is canceled.
    public func classify(
        _ texts: [String], labels: [String], hypothesisTemplate: String = Self.hypothesisTemplate,
        multiLabel: Bool = false, options: TextOptions = TextOptions()
    ) async throws -> [ZeroShotClassification] {
        try await call(
            labels: labels, hypothesisTemplate: hypothesisTemplate, multiLabel: multiLabel, options: options
        ).outputs(of: texts)
    }

    /// Returns the scores of the labels: entailment relative to contradiction, or relative to the entailment of other
    /// labels.
    private func scores(_ logits: [[Float]], multiLabel: Bool) -> [Double] {
        guard multiLabel else { return ScoreFunction.softmax(logits.map { $0[entailmentID] }) }
        // The pipeline of transformers uses the first label as contradiction, or the last one if the first is
        // entailment.
        let contradiction = entailmentID == 0 ? scorer.config.numLabels - 1 : 0
        return logits.map { ScoreFunction.softmax([$0[contradiction], $0[entailmentID]])[1] }
    }
}

/// The scores of labels for a text, in the format of the pipeline in `transformers`.
public struct ZeroShotClassification: Sendable, Hashable, Codable {
    /// The text.
    public let sequence: String
    /// The labels, in order of decreasing score.
    public let labels: [String]
    /// The scores of the labels.
    public let scores: [Double]
}
