/// What a class of a family is for: pipelines ask a family for the class of their task.
public struct ModelTask: Sendable, Hashable, CustomStringConvertible {
    /// The task's name, which classes of `transformers` have at their end: `SequenceClassification`.
    public let description: String
    private let isDoneBy: @Sendable (any BertPreTrainedModel.Type) -> Bool

    /// A task.
    ///
    /// - Parameters:
    ///   - name: the task's name: `sequenceClassification`.
    ///   - isDoneBy: whether a class can do it: `{ $0 is any SequenceClassificationModel.Type }`.
    public init(_ name: String, isDoneBy: @escaping @Sendable (any BertPreTrainedModel.Type) -> Bool) {
        description = name
        self.isDoneBy = isDoneBy
    }

    /// Whether a class does the task.
    package func isDone(by model: any BertPreTrainedModel.Type) -> Bool { isDoneBy(model) }

    public static func == (a: ModelTask, b: ModelTask) -> Bool { a.description == b.description }

    public func hash(into hasher: inout Hasher) { hasher.combine(description) }

    /// Hidden states: the trunk without a head.
    public static let encoder = ModelTask("Encoder") { $0 is any EncoderModel.Type }
    /// Masked words.
    public static let maskedLM = ModelTask("MaskedLM") { $0 is any MaskedLanguageModel.Type }
    /// The next word.
    public static let causalLM = ModelTask("CausalLM") { $0 is any CausalLanguageModel.Type }
    /// Labels of whole texts.
    public static let sequenceClassification = ModelTask("SequenceClassification") {
        $0 is any SequenceClassificationModel.Type
    }
    /// Labels of tokens.
    public static let tokenClassification = ModelTask("TokenClassification") {
        $0 is any TokenClassificationModel.Type
    }
    /// Spans that answer a question.
    public static let questionAnswering = ModelTask("QuestionAnswering") { $0 is any QuestionAnsweringModel.Type }
    /// One of several continuations.
    public static let multipleChoice = ModelTask("MultipleChoice") { $0 is any MultipleChoiceModel.Type }
    /// Whether the second text of a pair follows the first.
    public static let nextSentencePrediction = ModelTask("NextSentencePrediction") {
        $0 is any NextSentencePredictionModel.Type
    }
    /// The heads of the first training.
    public static let preTraining = ModelTask("PreTraining") { $0 is any PreTrainingModel.Type }
    /// Which tokens of a text were replaced by others.
    public static let replacedTokenDetection = ModelTask("ReplacedTokenDetection") {
        $0 is any ReplacedTokenDetectionModel.Type
    }
}
