public import BertCore

/// JinaBERT v2 with a sequence classification head, as used by rerankers (`JinaBertForSequenceClassification` of
/// jinaai's repositories).
public struct JinaBertForSequenceClassification: SequenceClassificationModel, ComposedModel {
    public static let design = ModelDesign<SequenceHead>.pooled(.jinaBert, "classifier", outputs: \.numLabels)
    public let parts: ModelParts<SequenceHead>

    public init(parts: ModelParts<SequenceHead>) { self.parts = parts }
}

/// The placeholder for ``JinaBertForSequenceClassification`` while its backend is unavailable.
public typealias DummyJinaBertForSequenceClassification = Dummy<JinaBertForSequenceClassification>
