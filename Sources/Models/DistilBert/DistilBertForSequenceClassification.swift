public import BertCore

/// DistilBERT that labels whole texts, with a head of two layers (`transformers.DistilBertForSequenceClassification`).
public struct DistilBertForSequenceClassification: SequenceClassificationModel, ComposedModel {
    public static let design = ModelDesign<SequenceHead>.firstToken(.distilBert) { config in
        [.init("pre_classifier", config.hiddenSize, .relu), .init("classifier", config.numLabels)]
    }
    public let parts: ModelParts<SequenceHead>

    public init(parts: ModelParts<SequenceHead>) { self.parts = parts }
}

/// Stands in for ``DistilBertForSequenceClassification`` where its backend is missing.
public typealias DummyDistilBertForSequenceClassification = Dummy<DistilBertForSequenceClassification>
