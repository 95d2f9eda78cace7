public import BertCore

/// ALBERT with a sequence classification head (`transformers.AlbertForSequenceClassification`).
public struct AlbertForSequenceClassification: SequenceClassificationModel, ComposedModel {
    public static let design = ModelDesign<SequenceHead>.pooled(.albert, "classifier", outputs: \.numLabels)
    public let parts: ModelParts<SequenceHead>

    public init(parts: ModelParts<SequenceHead>) { self.parts = parts }
}

/// The placeholder for ``AlbertForSequenceClassification`` while its backend is unavailable.
public typealias DummyAlbertForSequenceClassification = Dummy<AlbertForSequenceClassification>
