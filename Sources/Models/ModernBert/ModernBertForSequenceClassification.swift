public import BertCore

/// ModernBERT that labels whole texts (`transformers.ModernBertForSequenceClassification`).
public struct ModernBertForSequenceClassification: SequenceClassificationModel, ComposedModel {
    public static let design = ModelDesign<SequenceHead>.modernBert(outputs: \.numLabels)
    public let parts: ModelParts<SequenceHead>

    public init(parts: ModelParts<SequenceHead>) { self.parts = parts }
}

/// Takes the place of ``ModernBertForSequenceClassification`` where its backend is missing.
public typealias DummyModernBertForSequenceClassification = Dummy<ModernBertForSequenceClassification>
