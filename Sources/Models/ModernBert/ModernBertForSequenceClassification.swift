public import BertCore

/// ModernBERT with a sequence classification head (`transformers.ModernBertForSequenceClassification`).
public struct ModernBertForSequenceClassification: SequenceClassificationModel, ComposedModel {
    public static let design = ModelDesign<SequenceHead>.modernBert(outputs: \.numLabels)
    public let parts: ModelParts<SequenceHead>

    public init(parts: ModelParts<SequenceHead>) { self.parts = parts }
}

/// The placeholder for ``ModernBertForSequenceClassification`` while its backend is unavailable.
public typealias DummyModernBertForSequenceClassification = Dummy<ModernBertForSequenceClassification>
