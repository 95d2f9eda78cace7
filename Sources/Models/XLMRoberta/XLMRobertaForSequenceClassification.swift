public import BertCore

/// XLM-RoBERTa that labels whole texts (`transformers.XLMRobertaForSequenceClassification`).
public struct XLMRobertaForSequenceClassification: SequenceClassificationModel, ComposedModel {
    public static let design = ModelDesign<SequenceHead>.robertaClassifier(.xlmRoberta)
    public let parts: ModelParts<SequenceHead>

    public init(parts: ModelParts<SequenceHead>) { self.parts = parts }
}

/// In the place of ``XLMRobertaForSequenceClassification`` where its backend is missing.
public typealias DummyXLMRobertaForSequenceClassification = Dummy<XLMRobertaForSequenceClassification>
