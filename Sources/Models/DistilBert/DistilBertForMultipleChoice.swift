public import BertCore

/// DistilBERT that chooses among continuations, with a head of two layers (`transformers.DistilBertForMultipleChoice`).
public struct DistilBertForMultipleChoice: MultipleChoiceModel, ComposedModel {
    public static let design = ModelDesign<SequenceHead>.firstToken(.distilBert) { config in
        [.init("pre_classifier", config.hiddenSize, .relu), .init("classifier", 1)]
    }
    public let parts: ModelParts<SequenceHead>

    public init(parts: ModelParts<SequenceHead>) { self.parts = parts }
}

/// In the place of ``DistilBertForMultipleChoice`` where its backend is missing.
public typealias DummyDistilBertForMultipleChoice = Dummy<DistilBertForMultipleChoice>
