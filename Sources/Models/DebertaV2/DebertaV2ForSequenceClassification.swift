public import BertCore

/// DeBERTa v2 or v3 with a sequence classification head (`transformers.DebertaV2ForSequenceClassification`).
public struct DebertaV2ForSequenceClassification: SequenceClassificationModel, ComposedModel {
    public static let design = ModelDesign<SequenceHead>.debertaV2(outputs: \.numLabels)
    public let parts: ModelParts<SequenceHead>

    public init(parts: ModelParts<SequenceHead>) { self.parts = parts }
}

/// The placeholder for ``DebertaV2ForSequenceClassification`` while its backend is unavailable.
public typealias DummyDebertaV2ForSequenceClassification = Dummy<DebertaV2ForSequenceClassification>
