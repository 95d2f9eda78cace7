public import BertCore

/// GTE with a sequence classification head, as used by rerankers (`transformers.GteForSequenceClassification`;
/// `NewForSequenceClassification`).
public struct GteForSequenceClassification: SequenceClassificationModel, ComposedModel {
    public static let design = ModelDesign<SequenceHead>.pooled(.gte, "classifier", outputs: \.numLabels)
    public let parts: ModelParts<SequenceHead>

    public init(parts: ModelParts<SequenceHead>) { self.parts = parts }
}

/// The placeholder for ``GteForSequenceClassification`` while its backend is unavailable.
public typealias DummyGteForSequenceClassification = Dummy<GteForSequenceClassification>
