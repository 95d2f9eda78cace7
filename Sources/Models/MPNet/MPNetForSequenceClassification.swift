public import BertCore

/// MPNet that labels whole texts (`transformers.MPNetForSequenceClassification`).
public struct MPNetForSequenceClassification: SequenceClassificationModel, ComposedModel {
    public static let design = ModelDesign<SequenceHead>.firstToken(.mpnet) {
        [.init("classifier.dense", $0.hiddenSize, .tanh), .init("classifier.out_proj", $0.numLabels)]
    }
    public let parts: ModelParts<SequenceHead>

    public init(parts: ModelParts<SequenceHead>) { self.parts = parts }
}

/// Takes the place of ``MPNetForSequenceClassification`` where its backend is missing.
public typealias DummyMPNetForSequenceClassification = Dummy<MPNetForSequenceClassification>
