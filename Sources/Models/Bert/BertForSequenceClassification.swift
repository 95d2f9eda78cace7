public import BertCore

/// BERT that labels whole texts (`transformers.BertForSequenceClassification`).
public struct BertForSequenceClassification: SequenceClassificationModel, ComposedModel {
    public static let design = ModelDesign<FirstTokenHead>.pooled(.bert, "classifier", outputs: \.numLabels)
    public let parts: ModelParts<FirstTokenHead>

    public init(parts: ModelParts<FirstTokenHead>) { self.parts = parts }
}

/// Stands in for ``BertForSequenceClassification`` where its backend is missing.
public typealias DummyBertForSequenceClassification = Dummy<BertForSequenceClassification>
