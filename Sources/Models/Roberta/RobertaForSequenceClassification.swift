public import BertCore

/// RoBERTa with a sequence classification head of two layers (`transformers.RobertaForSequenceClassification`).
public struct RobertaForSequenceClassification: SequenceClassificationModel, ComposedModel {
    public static let design = ModelDesign<SequenceHead>.robertaClassifier(.roberta)
    public let parts: ModelParts<SequenceHead>

    public init(parts: ModelParts<SequenceHead>) { self.parts = parts }
}

/// The placeholder for ``RobertaForSequenceClassification`` while its backend is unavailable.
public typealias DummyRobertaForSequenceClassification = Dummy<RobertaForSequenceClassification>
