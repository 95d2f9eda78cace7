public import BertCore

/// XLM-RoBERTa that fills in masked words (`transformers.XLMRobertaForMaskedLM`).
public struct XLMRobertaForMaskedLM: MaskedLanguageModel, ComposedModel {
    public static let design = ModelDesign<LanguageModelHead>.languageModel(.xlmRoberta, .roberta)
    public let parts: ModelParts<LanguageModelHead>

    public init(parts: ModelParts<LanguageModelHead>) { self.parts = parts }
}

/// In the place of ``XLMRobertaForMaskedLM`` where its backend is missing.
public typealias DummyXLMRobertaForMaskedLM = Dummy<XLMRobertaForMaskedLM>
