public import BertCore

/// GTE that labels whole texts, as rerankers do (`transformers.GteForSequenceClassification`; `NewForSequenceClassification`).
public struct GteForSequenceClassification: SequenceClassificationModel, ComposedModel {
    public static let design = ModelDesign<SequenceHead>.pooled(.gte, "classifier", outputs: \.numLabels)
    public let parts: ModelParts<SequenceHead>

    public init(parts: ModelParts<SequenceHead>) { self.parts = parts }
}

/// Takes the place of ``GteForSequenceClassification`` where its backend is missing.
public typealias DummyGteForSequenceClassification = Dummy<GteForSequenceClassification>
