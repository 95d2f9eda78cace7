public import BertCore

/// ALBERT with the two heads of its first training: masked words, and whether two texts are swapped (`transformers.AlbertForPreTraining`).
public struct AlbertForPreTraining: PreTrainingModel, ComposedModel {
    public static let design = ModelDesign<PreTrainingHead>.preTraining(
        .albert, .albert, relationship: "sop_classifier.classifier",
        relationshipNames: ("sop_logits", "sentence_order_label"), relationshipOutputs: \.numLabels)
    public let parts: ModelParts<PreTrainingHead>

    public init(parts: ModelParts<PreTrainingHead>) { self.parts = parts }
}

/// In the place of ``AlbertForPreTraining`` where its backend is missing.
public typealias DummyAlbertForPreTraining = Dummy<AlbertForPreTraining>
