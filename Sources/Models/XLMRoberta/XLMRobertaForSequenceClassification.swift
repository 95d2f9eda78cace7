public import BertCore

/// XLM-RoBERTa with a sequence classification head (`transformers.XLMRobertaForSequenceClassification`).
public struct XLMRobertaForSequenceClassification: SequenceClassificationModel, ComposedModel {
    public static let design = ModelDesign<SequenceHead>.robertaClassifier(.xlmRoberta)
    public let parts: ModelParts<SequenceHead>

    public init(parts: ModelParts<SequenceHead>) { self.parts = parts }
}

/// The placeholder for ``XLMRobertaForSequenceClassification`` while its backend is unavailable.
public typealias DummyXLMRobertaForSequenceClassification = Dummy<XLMRobertaForSequenceClassification>
