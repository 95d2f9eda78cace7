public import BertCore

/// XLM-RoBERTa with a token classification head (`transformers.XLMRobertaForTokenClassification`).
public struct XLMRobertaForTokenClassification: TokenClassificationModel, ComposedModel {
    public static let design = ModelDesign<TokenHead>.everyToken(.xlmRoberta, "classifier", outputs: \.numLabels)
    public let parts: ModelParts<TokenHead>

    public init(parts: ModelParts<TokenHead>) { self.parts = parts }
}

/// The placeholder for ``XLMRobertaForTokenClassification`` while its backend is unavailable.
public typealias DummyXLMRobertaForTokenClassification = Dummy<XLMRobertaForTokenClassification>
