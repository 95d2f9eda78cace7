public import BertCore

/// DeBERTa v2 or v3 that labels whole texts (`transformers.DebertaV2ForSequenceClassification`).
public struct DebertaV2ForSequenceClassification: SequenceClassificationModel, ComposedModel {
    public static let design = ModelDesign<SequenceHead>.debertaV2(outputs: \.numLabels)
    public let parts: ModelParts<SequenceHead>

    public init(parts: ModelParts<SequenceHead>) { self.parts = parts }
}

/// Takes the place of ``DebertaV2ForSequenceClassification`` where its backend is missing.
public typealias DummyDebertaV2ForSequenceClassification = Dummy<DebertaV2ForSequenceClassification>
