public import BertCore

/// BERT that labels whole texts (`transformers.BertForSequenceClassification`).
public struct BertForSequenceClassification: SequenceClassificationModel, ComposedModel {
    public static let design = ModelDesign<SequenceHead>.pooled(.bert, "classifier", outputs: \.numLabels)
    public let parts: ModelParts<SequenceHead>

    public init(parts: ModelParts<SequenceHead>) { self.parts = parts }
}

/// Stands in for ``BertForSequenceClassification`` where its backend is missing.
public typealias DummyBertForSequenceClassification = Dummy<BertForSequenceClassification>
