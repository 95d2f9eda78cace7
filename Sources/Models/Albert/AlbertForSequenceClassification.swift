public import BertCore

/// ALBERT that labels whole texts (`transformers.AlbertForSequenceClassification`).
public struct AlbertForSequenceClassification: SequenceClassificationModel, ComposedModel {
    public static let design = ModelDesign<FirstTokenHead>.pooled(.albert, "classifier", outputs: \.numLabels)
    public let parts: ModelParts<FirstTokenHead>

    public init(parts: ModelParts<FirstTokenHead>) { self.parts = parts }
}

/// Stands in for ``AlbertForSequenceClassification`` where its backend is missing.
public typealias DummyAlbertForSequenceClassification = Dummy<AlbertForSequenceClassification>
