public import BertCore

/// BERT with a multiple choice head (`transformers.BertForMultipleChoice`).
public struct BertForMultipleChoice: MultipleChoiceModel, ComposedModel {
    public static let design = ModelDesign<SequenceHead>.pooled(.bert, "classifier") { _ in 1 }
    public let parts: ModelParts<SequenceHead>

    public init(parts: ModelParts<SequenceHead>) { self.parts = parts }
}

/// The placeholder for ``BertForMultipleChoice`` while its backend is unavailable.
public typealias DummyBertForMultipleChoice = Dummy<BertForMultipleChoice>
