public import BertCore

/// CamemBERT that labels whole texts (`transformers.CamembertForSequenceClassification`).
public struct CamembertForSequenceClassification: SequenceClassificationModel, ComposedModel {
    public static let design = ModelDesign<SequenceHead>.robertaClassifier(.camembert)
    public let parts: ModelParts<SequenceHead>

    public init(parts: ModelParts<SequenceHead>) { self.parts = parts }
}

/// In the place of ``CamembertForSequenceClassification`` where its backend is missing.
public typealias DummyCamembertForSequenceClassification = Dummy<CamembertForSequenceClassification>
