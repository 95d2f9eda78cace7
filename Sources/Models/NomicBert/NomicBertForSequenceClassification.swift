public import BertCore

/// NomicBERT that labels whole texts (`transformers.NomicBertForSequenceClassification`).
public struct NomicBertForSequenceClassification: SequenceClassificationModel, ComposedModel {
    public static let design = ModelDesign<SequenceHead>.pooled(.nomicBert, "classifier", outputs: \.numLabels)
    public let parts: ModelParts<SequenceHead>

    public init(parts: ModelParts<SequenceHead>) { self.parts = parts }
}

/// Takes the place of ``NomicBertForSequenceClassification`` where its backend is missing.
public typealias DummyNomicBertForSequenceClassification = Dummy<NomicBertForSequenceClassification>
