public import BertCore

/// BERT with the two heads of its first training (`transformers.BertForPreTraining`).
public struct BertForPreTraining: PreTrainingModel, ComposedModel {
    public static let design = ModelDesign<PreTrainingHead>.preTraining(
        .bert, .bert, relationship: "cls.seq_relationship")
    public let parts: ModelParts<PreTrainingHead>

    public init(parts: ModelParts<PreTrainingHead>) { self.parts = parts }
}

/// Stands in for ``BertForPreTraining`` where its backend is missing.
public typealias DummyBertForPreTraining = Dummy<BertForPreTraining>
