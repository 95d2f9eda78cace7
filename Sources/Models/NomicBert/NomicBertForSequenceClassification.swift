public import BertCore

/// NomicBERT with a sequence classification head (`transformers.NomicBertForSequenceClassification`).
public struct NomicBertForSequenceClassification: SequenceClassificationModel, ComposedModel {
    public static let design = ModelDesign<SequenceHead>.pooled(.nomicBert, "classifier", outputs: \.numLabels)
    public let parts: ModelParts<SequenceHead>

    public init(parts: ModelParts<SequenceHead>) { self.parts = parts }
}

/// The placeholder for ``NomicBertForSequenceClassification`` while its backend is unavailable.
public typealias DummyNomicBertForSequenceClassification = Dummy<NomicBertForSequenceClassification>
