public import BertCore

/// BERT with its pre-training heads, masked language modeling and next sentence prediction
/// (`transformers.BertForPreTraining`).
public struct BertForPreTraining: PreTrainingModel, ComposedModel {
    public static let design = ModelDesign<PreTrainingHead>.preTraining(
        .bert, .bert, relationship: "cls.seq_relationship")
    public let parts: ModelParts<PreTrainingHead>

    public init(parts: ModelParts<PreTrainingHead>) { self.parts = parts }
}

/// The placeholder for ``BertForPreTraining`` while its backend is unavailable.
public typealias DummyBertForPreTraining = Dummy<BertForPreTraining>
