public import BertCheckpoints
public import BertCore
import BertJSON
import BertModels
import BertTokenizers

/// Texts and labels in, how well each label fits out, without training for them: `pipeline("zero-shot-classification")`
/// of `transformers`. The model says whether a text entails "This example is *label*."
public struct ZeroShotClassifier: Sendable {
    /// What a label is put into unless a call says otherwise.
    public static let hypothesisTemplate = "This example is {}."

    /// Which of the model's labels says that a text entails another.
    public let entailmentID: Int
    private let scorer: SequenceScorer

    /// Loads the checkpoint folder of a classifier trained on natural language inference.
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
            on: files.backend(selection, for: "ZeroShotClassifier", .sequenceClassification, as: className))
    }

    /// Loads a model from files, wherever they are, onto a backend.
    ///
    /// - Throws: ``BertError`` with file and key; with code `invalidConfiguration` if no label begins with "entail".
    public init(_ files: ModelFiles, as className: String? = nil, on backend: any ComputeBackend) throws {
        scorer = try SequenceScorer(files, as: className, on: backend)
        let config = scorer.config
        // The first one of the file, as in Python.
        let names = config.raw["label2id"]?.objectValue?.keys ?? config.labels
        let name = names.first { $0.lowercased().hasPrefix("entail") }
        guard let id = name.flatMap({ config.label2id[$0] }), config.labels.indices.contains(id), config.numLabels > 1
        else {
            throw BertError(
                .invalidConfiguration,
                """
                no label begins with "entail", so nothing says whether a text entails another; the labels are \
                \(config.labels.joined(separator: ", ")). Take a model trained on natural language inference, or rename \
                its label
                """, file: files.path(of: BertConfig.fileName), key: "label2id")
        }
        entailmentID = id
    }

    /// The backend that computes.
    public var backend: BackendInfo { scorer.loaded.backend.info }
    /// The class of the model.
    public var modelName: String { scorer.loaded.name }
    /// The most tokens of a text with a label's hypothesis, special ones included.
    public var maximumLength: Int { scorer.loaded.text.maximumLength }

    /// A call with these options: texts in, how well each label fits out.
    ///
    /// - Parameters:
    ///   - labels: at least one.
    ///   - hypothesisTemplate: what a label is put into, in place of `{}`.
    ///   - multiLabel: whether each label is judged on its own rather than against the others.
    ///   - options: batch size and truncation.
    /// - Throws: ``BertError`` with code `invalidArgument` for no labels or a template without one `{}`.
    public func call(
        labels: [String], hypothesisTemplate: String = Self.hypothesisTemplate, multiLabel: Bool = false,
        options: TextOptions = TextOptions()
    ) throws -> PipelineCall<String, ZeroShotClassification> {
        guard !labels.isEmpty else {
            throw BertError(.invalidArgument, "there are no labels to choose from; give at least one", key: "labels")
        }
        let parts = hypothesisTemplate.split(separator: "{}", omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            throw BertError(
                .invalidArgument,
                """
                "\(hypothesisTemplate)" has \(parts.count - 1) places for a label; it needs {} once, as in \
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

    /// How well each label fits each text. Blocks the calling thread.
    ///
    /// - Parameters:
    ///   - texts: what is classified; a text that is too long is cut, never a label, if `options` allow it.
    ///   - labels: at least one.
    ///   - hypothesisTemplate: what a label is put into, in place of `{}`.
    ///   - multiLabel: whether each label is judged on its own rather than against the others.
    ///   - options: batch size and truncation.
    /// - Throws: ``BertError`` with code `invalidArgument` for no labels or a template without one `{}`; with code
    ///   `tooManyTokens` and the text's index in `record` if one is too long and may not be cut.
    public func classify(
        _ texts: [String], labels: [String], hypothesisTemplate: String = Self.hypothesisTemplate,
        multiLabel: Bool = false, options: TextOptions = TextOptions()
    ) throws -> [ZeroShotClassification] {
        try call(labels: labels, hypothesisTemplate: hypothesisTemplate, multiLabel: multiLabel, options: options)
            .outputs(of: texts)
    }

    /// As the blocking method, on ``ComputeThreads/shared``.
    ///
    /// - Throws: also `CancellationError` if the task is cancelled.
    public func classify(
        _ texts: [String], labels: [String], hypothesisTemplate: String = Self.hypothesisTemplate,
        multiLabel: Bool = false, options: TextOptions = TextOptions()
    ) async throws -> [ZeroShotClassification] {
        try await call(
            labels: labels, hypothesisTemplate: hypothesisTemplate, multiLabel: multiLabel, options: options
        ).outputs(of: texts)
    }

    /// The labels' scores: entailment against contradiction, or the labels' entailments against each other.
    private func scores(_ logits: [[Float]], multiLabel: Bool) -> [Double] {
        guard multiLabel else { return ScoreFunction.softmax(logits.map { $0[entailmentID] }) }
        // The pipeline of transformers takes the first label for contradiction, or the last if the first is entailment.
        let contradiction = entailmentID == 0 ? scorer.config.numLabels - 1 : 0
        return logits.map { ScoreFunction.softmax([$0[contradiction], $0[entailmentID]])[1] }
    }
}

/// How well labels fit a text, as the pipeline of `transformers` gives it.
public struct ZeroShotClassification: Sendable, Hashable, Codable {
    /// The text.
    public let sequence: String
    /// The labels, the best first.
    public let labels: [String]
    /// Their scores.
    public let scores: [Double]
}
