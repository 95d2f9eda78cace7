public import BertCore

/// RoBERTa that chooses among continuations (`transformers.RobertaForMultipleChoice`).
public struct RobertaForMultipleChoice: MultipleChoiceModel, ComposedModel {
    public static let design = ModelDesign<SequenceHead>.pooled(.roberta, "classifier") { _ in 1 }
    public let parts: ModelParts<SequenceHead>

    public init(parts: ModelParts<SequenceHead>) { self.parts = parts }
}

/// Stands in for ``RobertaForMultipleChoice`` where its backend is missing.
public typealias DummyRobertaForMultipleChoice = Dummy<RobertaForMultipleChoice>
