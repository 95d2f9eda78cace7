public import BertCore

/// RoBERTa that labels whole texts, with a head of two layers (`transformers.RobertaForSequenceClassification`).
public struct RobertaForSequenceClassification: SequenceClassificationModel, ComposedModel {
    public static let design = ModelDesign<SequenceHead>.robertaClassifier(.roberta)
    public let parts: ModelParts<SequenceHead>

    public init(parts: ModelParts<SequenceHead>) { self.parts = parts }
}

/// Stands in for ``RobertaForSequenceClassification`` where its backend is missing.
public typealias DummyRobertaForSequenceClassification = Dummy<RobertaForSequenceClassification>
