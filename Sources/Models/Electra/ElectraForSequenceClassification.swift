public import BertCore

/// ELECTRA with a sequence classification head of two layers (`transformers.ElectraForSequenceClassification`).
public struct ElectraForSequenceClassification: SequenceClassificationModel, ComposedModel {
    public static let design = ModelDesign<SequenceHead>.firstToken(.electra) { config in
        [.init("classifier.dense", config.hiddenSize, .gelu), .init("classifier.out_proj", config.numLabels)]
    }
    public let parts: ModelParts<SequenceHead>

    public init(parts: ModelParts<SequenceHead>) { self.parts = parts }
}

/// The placeholder for ``ElectraForSequenceClassification`` while its backend is unavailable.
public typealias DummyElectraForSequenceClassification = Dummy<ElectraForSequenceClassification>
