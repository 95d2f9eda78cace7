public import BertCore

/// XLM-RoBERTa that labels tokens (`transformers.XLMRobertaForTokenClassification`).
public struct XLMRobertaForTokenClassification: TokenClassificationModel, ComposedModel {
    public static let design = ModelDesign<TokenHead>.everyToken(.xlmRoberta, "classifier", outputs: \.numLabels)
    public let parts: ModelParts<TokenHead>

    public init(parts: ModelParts<TokenHead>) { self.parts = parts }
}

/// In the place of ``XLMRobertaForTokenClassification`` where its backend is missing.
public typealias DummyXLMRobertaForTokenClassification = Dummy<XLMRobertaForTokenClassification>
