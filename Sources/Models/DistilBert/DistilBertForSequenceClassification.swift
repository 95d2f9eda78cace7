public import BertCore

/// DistilBERT that labels whole texts, with a head of two layers (`transformers.DistilBertForSequenceClassification`).
public struct DistilBertForSequenceClassification: SequenceClassificationModel, ComposedModel {
    public static let design = ModelDesign<FirstTokenHead>.firstToken(.distilBert) { config in
        [.init("pre_classifier", config.hiddenSize, .relu), .init("classifier", config.numLabels)]
    }
    public let parts: ModelParts<FirstTokenHead>

    public init(parts: ModelParts<FirstTokenHead>) { self.parts = parts }
}

/// Stands in for ``DistilBertForSequenceClassification`` where its backend is missing.
public typealias DummyDistilBertForSequenceClassification = Dummy<DistilBertForSequenceClassification>
