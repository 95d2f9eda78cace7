public import BertCore

/// JinaBERT v2 that labels whole texts, as rerankers do (`JinaBertForSequenceClassification` of jinaai's repositories).
public struct JinaBertForSequenceClassification: SequenceClassificationModel, ComposedModel {
    public static let design = ModelDesign<SequenceHead>.pooled(.jinaBert, "classifier", outputs: \.numLabels)
    public let parts: ModelParts<SequenceHead>

    public init(parts: ModelParts<SequenceHead>) { self.parts = parts }
}

/// Takes the place of ``JinaBertForSequenceClassification`` where its backend is missing.
public typealias DummyJinaBertForSequenceClassification = Dummy<JinaBertForSequenceClassification>
