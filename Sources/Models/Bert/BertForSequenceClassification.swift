public import BertCore

/// BERT with a sequence classification head (`transformers.BertForSequenceClassification`).
public struct BertForSequenceClassification: SequenceClassificationModel, ComposedModel {
    public static let design = ModelDesign<SequenceHead>.pooled(.bert, "classifier", outputs: \.numLabels)
    public let parts: ModelParts<SequenceHead>

    public init(parts: ModelParts<SequenceHead>) { self.parts = parts }
}

/// The placeholder for ``BertForSequenceClassification`` while its backend is unavailable.
public typealias DummyBertForSequenceClassification = Dummy<BertForSequenceClassification>
