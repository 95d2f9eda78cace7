public import BertCore

/// DeBERTa v2 or v3 that chooses among continuations (`transformers.DebertaV2ForMultipleChoice`).
public struct DebertaV2ForMultipleChoice: MultipleChoiceModel, ComposedModel {
    public static let design = ModelDesign<SequenceHead>.debertaV2 { _ in 1 }
    public let parts: ModelParts<SequenceHead>

    public init(parts: ModelParts<SequenceHead>) { self.parts = parts }
}

/// Takes the place of ``DebertaV2ForMultipleChoice`` where its backend is missing.
public typealias DummyDebertaV2ForMultipleChoice = Dummy<DebertaV2ForMultipleChoice>
