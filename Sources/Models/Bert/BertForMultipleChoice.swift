public import BertCore

/// BERT that chooses among continuations (`transformers.BertForMultipleChoice`).
public struct BertForMultipleChoice: MultipleChoiceModel, ComposedModel {
    public static let design = ModelDesign<SequenceHead>.pooled(.bert, "classifier") { _ in 1 }
    public let parts: ModelParts<SequenceHead>

    public init(parts: ModelParts<SequenceHead>) { self.parts = parts }
}

/// Stands in for ``BertForMultipleChoice`` where its backend is missing.
public typealias DummyBertForMultipleChoice = Dummy<BertForMultipleChoice>
