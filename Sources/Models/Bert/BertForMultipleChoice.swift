public import BertCore

/// BERT that chooses among continuations (`transformers.BertForMultipleChoice`).
public struct BertForMultipleChoice: MultipleChoiceModel, ComposedModel {
    public static let design = ModelDesign<FirstTokenHead>.pooled(.bert, "classifier") { _ in 1 }
    public let parts: ModelParts<FirstTokenHead>

    public init(parts: ModelParts<FirstTokenHead>) { self.parts = parts }
}

/// Stands in for ``BertForMultipleChoice`` where its backend is missing.
public typealias DummyBertForMultipleChoice = Dummy<BertForMultipleChoice>
