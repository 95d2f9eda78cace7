import BertCore
public import BertModels

/// What a model is trained for and judged by.
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
    /// Words that were hidden.
    case maskedLM = "masked-lm"
    /// Vectors of texts: pairs or triplets of them.
    case embedding
    /// A score for a pair of texts that are read together.
    case crossEncoder = "cross-encoder"

    /// Other names that people have for them.
    static let otherNames: [String: TrainingTask] = [
        "text-classification": .classification, "sequence-classification": .classification,
        "multilabel": .multiLabel, "multi_label": .multiLabel, "multi-label-classification": .multiLabel,
        "ner": .tokenClassification, "tokens": .tokenClassification, "token_classification": .tokenClassification,
        "qa": .questionAnswering, "question_answering": .questionAnswering, "mlm": .maskedLM,
        "fill-mask": .maskedLM, "masked_lm": .maskedLM, "embeddings": .embedding, "sentence-pairs": .embedding,
        "sentence-triplets": .embedding, "pairs": .embedding, "triplets": .embedding, "rerank": .crossEncoder,
        "cross_encoder": .crossEncoder,
    ]

    /// The task of this name.
    ///
    /// - Throws: `BertError` with code `unknownName` that lists the names.
    public init(parsing name: String) throws {
        let lower = name.lowercased()
        guard let task = Self(rawValue: lower) ?? Self.otherNames[lower] else {
            throw BertError(
                .unknownName, "it takes \(Self.allCases.map(\.rawValue).joined(separator: ", "))", key: "--task",
                value: .string(name))
        }
        self = task
    }

    /// What the model's class has to do.
    public var modelTask: ModelTask {
        switch self {
        case .classification, .regression, .multiLabel, .crossEncoder: .sequenceClassification
        case .tokenClassification: .tokenClassification
        case .questionAnswering: .questionAnswering
        case .maskedLM: .maskedLM
        case .embedding: .encoder
        }
    }

    /// Whether a label is one of several that have names.
    var hasClasses: Bool {
        switch self {
        case .classification, .multiLabel, .tokenClassification: true
        case .regression, .questionAnswering, .maskedLM, .embedding, .crossEncoder: false
        }
    }

    /// The task of a model, by its class and what its configuration says of the labels.
    ///
    /// - Throws: `BertError` with code `invalidArgument` if it does not say enough.
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
                the class \(name) does not say what it is for; say it: \
                \(Self.allCases.map(\.rawValue).joined(separator: ", "))
                """, key: "--task")
        }
    }
}
