public import BertCore

/// CamemBERT with a sequence classification head (`transformers.CamembertForSequenceClassification`).
public struct CamembertForSequenceClassification: SequenceClassificationModel, ComposedModel {
    public static let design = ModelDesign<SequenceHead>.robertaClassifier(.camembert)
    public let parts: ModelParts<SequenceHead>

    public init(parts: ModelParts<SequenceHead>) { self.parts = parts }
}

/// The placeholder for ``CamembertForSequenceClassification`` while its backend is unavailable.
public typealias DummyCamembertForSequenceClassification = Dummy<CamembertForSequenceClassification>
