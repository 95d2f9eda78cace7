public import BertCore

/// ALBERT with its pre-training heads, masked language modeling and sentence order prediction
/// (`transformers.AlbertForPreTraining`).
public struct AlbertForPreTraining: PreTrainingModel, ComposedModel {
    public static let design = ModelDesign<PreTrainingHead>.preTraining(
        .albert, .albert, relationship: "sop_classifier.classifier",
        relationshipNames: ("sop_logits", "sentence_order_label"), relationshipOutputs: \.numLabels)
    public let parts: ModelParts<PreTrainingHead>

    public init(parts: ModelParts<PreTrainingHead>) { self.parts = parts }
}

/// The placeholder for ``AlbertForPreTraining`` while its backend is unavailable.
public typealias DummyAlbertForPreTraining = Dummy<AlbertForPreTraining>
