public import BertCore

/// DeBERTa v2 or v3 with a multiple choice head (`transformers.DebertaV2ForMultipleChoice`).
public struct DebertaV2ForMultipleChoice: MultipleChoiceModel, ComposedModel {
    public static let design = ModelDesign<SequenceHead>.debertaV2 { _ in 1 }
    public let parts: ModelParts<SequenceHead>

    public init(parts: ModelParts<SequenceHead>) { self.parts = parts }
}

/// The placeholder for ``DebertaV2ForMultipleChoice`` while its backend is unavailable.
public typealias DummyDebertaV2ForMultipleChoice = Dummy<DebertaV2ForMultipleChoice>
