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
    /// What it computes on.
    public let backend: BackendInfo
    private let scorer: SequenceScorer
    private let threads: ComputeThreads

    /// Loads the checkpoint folder of a classifier trained on natural language inference.
    ///
    /// - Parameters:
    ///   - folder: its path.
    ///   - className: which class of the catalogue; nil is the one that `config.json` says.
    ///   - selection: the backend; nil leaves it to the task, then to `BERT_BACKEND`, then to `auto`.
    /// - Throws: ``BackendUnavailableError`` before anything is read; ``BertError`` that names file, key and mend.
    public init(folder: String, as className: String? = nil, backend selection: BackendSelection? = nil) throws {
        let backend = try BackendRegistry.shared.backend(selection, for: "ZeroShotClassifier")
        try self.init(ModelFiles(folder: folder), as: className, on: backend)
    }

    /// Loads a model from files, wherever they are, onto a backend.
    ///
    /// - Throws: ``BertError`` that names file, key and mend; with code `invalidConfiguration` if no label begins with
    ///   "entail".
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
                \(files.path(of: BertConfig.fileName)): no label of label2id begins with "entail", so that nothing says \
                whether a text entails another; the labels are \(config.labels.joined(separator: ", ")). Take a model \
                trained on natural language inference, or name its label
                """)
        }
        entailmentID = id
        self.backend = backend.info
        threads = ComputeThreads(for: backend)
    }

    /// How well each label fits each text. Blocks the calling thread.
    ///
    /// - Parameters:
    ///   - texts: what is classified; a text that is too long is cut, never a label, if `options` allow it.
    ///   - labels: at least one.
    ///   - hypothesisTemplate: what a label is put into, in place of `{}`.
    ///   - multiLabel: whether each label is judged on its own rather than against the others.
    ///   - options: batch size and truncation.
    /// - Throws: ``BertError`` with code `invalidArgument` for no labels or a template without `{}`, with `invalidInput`,
    ///   naming the text, if one is too long and may not be cut.
    public func classify(
        _ texts: [String], labels: [String], hypothesisTemplate: String = Self.hypothesisTemplate,
        multiLabel: Bool = false, options: TextOptions = TextOptions()
    ) throws -> [ZeroShotClassification] {
        guard !labels.isEmpty else { throw BertError(.invalidArgument, "there are no labels to choose from; give one") }
        let parts = hypothesisTemplate.split(separator: "{}", omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            throw BertError(
                .invalidArgument,
                """
                the hypothesis template "\(hypothesisTemplate)" has \(parts.count - 1) places for a label; it has {} \
                once, as in "\(Self.hypothesisTemplate)"
                """)
        }
        let hypotheses = labels.map { label in "\(parts[0])\(label)\(parts[1])" }
        let pairs = texts.flatMap { text in hypotheses.map { PairedText(text, pair: $0) } }
        let rows: [SequenceScorer.Row]
        do {
            rows = try scorer.rows(pairs, policy: nil, options: options, truncation: .onlyFirst)
        } catch let error as BertError where error.code == .invalidInput {
            // The number was that of a pair.
            for (index, text) in texts.enumerated() {
                let pairs = hypotheses.map { PairedText(text, pair: $0) }
                do { _ = try scorer.rows(pairs, policy: nil, options: options, truncation: .onlyFirst) } catch {
                    throw BertError(.invalidInput, "text \(index)", cause: (error as? BertError)?.cause ?? error)
                }
            }
            throw error
        }
        return texts.enumerated().map { index, text in
            let logits = rows[index * labels.count..<(index + 1) * labels.count].map(\.logits)
            let scores = scores(logits, multiLabel: multiLabel || labels.count == 1)
            let order = ranking(scores)
            return ZeroShotClassification(
                sequence: text, labels: order.map { labels[$0] }, scores: order.map { scores[$0] })
        }
    }

    /// How well each label fits each text. Computes on threads of its own, as many calls at a time as there are
    /// threads.
    ///
    /// - Throws: as the blocking method; `CancellationError` if the task is cancelled.
    public func classify(
        _ texts: [String], labels: [String], hypothesisTemplate: String = Self.hypothesisTemplate,
        multiLabel: Bool = false, options: TextOptions = TextOptions()
    ) async throws -> [ZeroShotClassification] {
        try await threads.run {
            try classify(
                texts, labels: labels, hypothesisTemplate: hypothesisTemplate, multiLabel: multiLabel, options: options)
                as [ZeroShotClassification]
        }
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
