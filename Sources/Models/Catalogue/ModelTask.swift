/// A task that model classes perform. Pipelines look up a family's class for their task.
public struct ModelTask: Sendable, Hashable, CustomStringConvertible {
    /// The name of the task as in the class names of `transformers`, for example `SequenceClassification`.
    public let description: String
    private let isDoneBy: @Sendable (any BertPreTrainedModel.Type) -> Bool

    /// Creates a task.
    ///
    /// - Parameters:
    ///   - name: The name of the task, for example `SequenceClassification`.
    ///   - isDoneBy: Returns whether a class can perform the task: `{ $0 is any SequenceClassificationModel.Type }`.
    public init(_ name: String, isDoneBy: @escaping @Sendable (any BertPreTrainedModel.Type) -> Bool) {
        description = name
        self.isDoneBy = isDoneBy
    }

    /// Returns whether a class can perform the task.
    package func isDone(by model: any BertPreTrainedModel.Type) -> Bool { isDoneBy(model) }

    public static func == (a: ModelTask, b: ModelTask) -> Bool { a.description == b.description }

    public func hash(into hasher: inout Hasher) { hasher.combine(description) }

    /// Hidden states of a model without a head.
    public static let encoder = ModelTask("Encoder") { $0 is any EncoderModel.Type }
    /// Masked language modeling.
    public static let maskedLM = ModelTask("MaskedLM") { $0 is any MaskedLanguageModel.Type }
    /// Causal language modeling.
    public static let causalLM = ModelTask("CausalLM") { $0 is any CausalLanguageModel.Type }
    /// Classification of sequences.
    public static let sequenceClassification = ModelTask("SequenceClassification") {
        $0 is any SequenceClassificationModel.Type
    }
    /// Classification of tokens.
    public static let tokenClassification = ModelTask("TokenClassification") {
        $0 is any TokenClassificationModel.Type
    }
    /// Extractive question answering.
    public static let questionAnswering = ModelTask("QuestionAnswering") { $0 is any QuestionAnsweringModel.Type }
    /// Multiple choice.
    public static let multipleChoice = ModelTask("MultipleChoice") { $0 is any MultipleChoiceModel.Type }
    /// Next sentence prediction.
    public static let nextSentencePrediction = ModelTask("NextSentencePrediction") {
        $0 is any NextSentencePredictionModel.Type
    }
    /// Pre-training with all of its heads.
    public static let preTraining = ModelTask("PreTraining") { $0 is any PreTrainingModel.Type }
    /// Detection of replaced tokens.
    public static let replacedTokenDetection = ModelTask("ReplacedTokenDetection") {
        $0 is any ReplacedTokenDetectionModel.Type
    }
}
