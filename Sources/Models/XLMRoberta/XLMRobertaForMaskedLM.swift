public import BertCore

/// XLM-RoBERTa with a masked language modeling head (`transformers.XLMRobertaForMaskedLM`).
public struct XLMRobertaForMaskedLM: MaskedLanguageModel, ComposedModel {
    public static let design = ModelDesign<LanguageModelHead>.languageModel(.xlmRoberta, .roberta)
    public let parts: ModelParts<LanguageModelHead>

    public init(parts: ModelParts<LanguageModelHead>) { self.parts = parts }
}

/// The placeholder for ``XLMRobertaForMaskedLM`` while its backend is unavailable.
public typealias DummyXLMRobertaForMaskedLM = Dummy<XLMRobertaForMaskedLM>
