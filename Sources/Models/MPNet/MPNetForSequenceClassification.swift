public import BertCore

/// MPNet with a sequence classification head (`transformers.MPNetForSequenceClassification`).
public struct MPNetForSequenceClassification: SequenceClassificationModel, ComposedModel {
    public static let design = ModelDesign<SequenceHead>.firstToken(.mpnet) {
        [.init("classifier.dense", $0.hiddenSize, .tanh), .init("classifier.out_proj", $0.numLabels)]
    }
    public let parts: ModelParts<SequenceHead>

    public init(parts: ModelParts<SequenceHead>) { self.parts = parts }
}

/// The placeholder for ``MPNetForSequenceClassification`` while its backend is unavailable.
public typealias DummyMPNetForSequenceClassification = Dummy<MPNetForSequenceClassification>
