public import BertCore

/// RoBERTa that labels whole texts, with a head of two layers (`transformers.RobertaForSequenceClassification`).
public struct RobertaForSequenceClassification: SequenceClassificationModel, ComposedModel {
    public static let design = ModelDesign<FirstTokenHead>.firstToken(.roberta) { config in
        [.init("classifier.dense", config.hiddenSize, .tanh), .init("classifier.out_proj", config.numLabels)]
    }
    public let parts: ModelParts<FirstTokenHead>

    public init(parts: ModelParts<FirstTokenHead>) { self.parts = parts }
}

/// Stands in for ``RobertaForSequenceClassification`` where its backend is missing.
public typealias DummyRobertaForSequenceClassification = Dummy<RobertaForSequenceClassification>
