public import BertCore

/// DistilBERT with a multiple choice head of two layers (`transformers.DistilBertForMultipleChoice`).
public struct DistilBertForMultipleChoice: MultipleChoiceModel, ComposedModel {
    public static let design = ModelDesign<SequenceHead>.firstToken(.distilBert) { config in
        [.init("pre_classifier", config.hiddenSize, .relu), .init("classifier", 1)]
    }
    public let parts: ModelParts<SequenceHead>

    public init(parts: ModelParts<SequenceHead>) { self.parts = parts }
}

/// The placeholder for ``DistilBertForMultipleChoice`` while its backend is unavailable.
public typealias DummyDistilBertForMultipleChoice = Dummy<DistilBertForMultipleChoice>
