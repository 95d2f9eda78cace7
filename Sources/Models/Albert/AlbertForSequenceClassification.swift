public import BertCore

/// ALBERT that labels whole texts (`transformers.AlbertForSequenceClassification`).
public struct AlbertForSequenceClassification: SequenceClassificationModel, ComposedModel {
    public static let design = ModelDesign<SequenceHead>.pooled(.albert, "classifier", outputs: \.numLabels)
    public let parts: ModelParts<SequenceHead>

    public init(parts: ModelParts<SequenceHead>) { self.parts = parts }
}

/// Stands in for ``AlbertForSequenceClassification`` where its backend is missing.
public typealias DummyAlbertForSequenceClassification = Dummy<AlbertForSequenceClassification>
