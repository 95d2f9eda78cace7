public import BertCore

/// DistilBERT with a sequence classification head of two layers (`transformers.DistilBertForSequenceClassification`).
public struct DistilBertForSequenceClassification: SequenceClassificationModel, ComposedModel {
    public static let design = ModelDesign<SequenceHead>.firstToken(.distilBert) { config in
        [.init("pre_classifier", config.hiddenSize, .relu), .init("classifier", config.numLabels)]
    }
    public let parts: ModelParts<SequenceHead>

    public init(parts: ModelParts<SequenceHead>) { self.parts = parts }
}

/// The placeholder for ``DistilBertForSequenceClassification`` while its backend is unavailable.
public typealias DummyDistilBertForSequenceClassification = Dummy<DistilBertForSequenceClassification>
