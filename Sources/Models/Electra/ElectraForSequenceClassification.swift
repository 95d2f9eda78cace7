public import BertCore

/// ELECTRA that labels whole texts, with a head of two layers (`transformers.ElectraForSequenceClassification`).
public struct ElectraForSequenceClassification: SequenceClassificationModel, ComposedModel {
    public static let design = ModelDesign<SequenceHead>.firstToken(.electra) { config in
        [.init("classifier.dense", config.hiddenSize, .gelu), .init("classifier.out_proj", config.numLabels)]
    }
    public let parts: ModelParts<SequenceHead>

    public init(parts: ModelParts<SequenceHead>) { self.parts = parts }
}

/// In the place of ``ElectraForSequenceClassification`` where its backend is missing.
public typealias DummyElectraForSequenceClassification = Dummy<ElectraForSequenceClassification>
