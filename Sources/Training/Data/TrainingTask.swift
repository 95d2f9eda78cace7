import BertCore
public import BertModels

/// A task to train and evaluate a model for.
public enum TrainingTask: String, Sendable, CaseIterable {
    /// One of several classes for a text or a pair.
    case classification
    /// A number for a text or a pair.
    case regression
    /// Any number of labels for a text or a pair.
    case multiLabel = "multi-label"
    /// A label for each word of a sentence.
    case tokenClassification = "token-classification"
    /// The span of a context that answers a question.
    case questionAnswering = "question-answering"
    /// Masked tokens.
    case maskedLM = "masked-lm"
    /// Embeddings of texts, trained on pairs or triplets.
    case embedding
    /// A score for a pair of texts in the same sequence.
    case crossEncoder = "cross-encoder"

    /// Alternative names of tasks.
    static let otherNames: [String: TrainingTask] = [
        "text-classification": .classification, "sequence-classification": .classification,
        "multilabel": .multiLabel, "multi_label": .multiLabel, "multi-label-classification": .multiLabel,
        "ner": .tokenClassification, "tokens": .tokenClassification, "token_classification": .tokenClassification,
        "qa": .questionAnswering, "question_answering": .questionAnswering, "mlm": .maskedLM,
        "fill-mask": .maskedLM, "masked_lm": .maskedLM, "embeddings": .embedding, "sentence-pairs": .embedding,
        "sentence-triplets": .embedding, "pairs": .embedding, "triplets": .embedding, "rerank": .crossEncoder,
        "cross_encoder": .crossEncoder,
    ]

    /// Creates the task with a name.
    ///
    /// - Throws: `BertError` with code `unknownName` that lists the names.
    public init(parsing name: String) throws {
        let lower = name.lowercased()
        guard let task = Self(rawValue: lower) ?? Self.otherNames[lower] else {
            let names = Self.allCases.map(\.rawValue)
            throw BertError(
                .unknownName, "use one of \(names.joined(separator: ", "))", key: "--task", value: .string(name),
                choices: names)
        }
        self = task
    }

    /// The task that the model's class must support.
    public var modelTask: ModelTask {
        switch self {
        case .classification, .regression, .multiLabel, .crossEncoder: .sequenceClassification
        case .tokenClassification: .tokenClassification
        case .questionAnswering: .questionAnswering
        case .maskedLM: .maskedLM
        case .embedding: .encoder
        }
    }

    /// Whether labels are named classes.
    var hasClasses: Bool {
        switch self {
        case .classification, .multiLabel, .tokenClassification: true
        case .regression, .questionAnswering, .maskedLM, .embedding, .crossEncoder: false
        }
    }

    /// Determines the task of a model from its class and the labels of its configuration.
    ///
    /// - Throws: `BertError` with code `invalidArgument` if the task can't be determined.
    public init(of config: BertConfig, className: String?) throws {
        let name = try className ?? config.architectures.first ?? ModelCatalogue.shared.className(for: config)
        let type = try? ModelCatalogue.shared.entry(name).modelType
        switch type {
        case is any SequenceClassificationModel.Type:
            switch config.problemType {
            case .regression: self = .regression
            case .multiLabelClassification: self = .multiLabel
            case .singleLabelClassification: self = .classification
            case nil: self = config.numLabels == 1 ? .regression : .classification
            }
        case is any TokenClassificationModel.Type: self = .tokenClassification
        case is any QuestionAnsweringModel.Type: self = .questionAnswering
        case is any MaskedLanguageModel.Type: self = .maskedLM
        default:
            throw BertError(
                .invalidArgument,
                """
                the task of the class \(name) is unknown; set --task: \
                \(Self.allCases.map(\.rawValue).joined(separator: ", "))
                """, key: "--task")
        }
    }
}
