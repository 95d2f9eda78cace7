public import BertCore

/// XLM-RoBERTa that continues a text (`transformers.XLMRobertaForCausalLM`).
public struct XLMRobertaForCausalLM: CausalLanguageModel, ComposedModel {
    public static let design = ModelDesign<LanguageModelHead>.languageModel(.xlmRoberta, .roberta)
    public let parts: ModelParts<LanguageModelHead>

    public init(parts: ModelParts<LanguageModelHead>) { self.parts = parts }
}

/// In the place of ``XLMRobertaForCausalLM`` where its backend is missing.
public typealias DummyXLMRobertaForCausalLM = Dummy<XLMRobertaForCausalLM>
