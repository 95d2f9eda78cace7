public import BertCore

/// XLM-RoBERTa with a causal language modeling head (`transformers.XLMRobertaForCausalLM`).
public struct XLMRobertaForCausalLM: CausalLanguageModel, ComposedModel {
    public static let design = ModelDesign<LanguageModelHead>.languageModel(.xlmRoberta, .roberta)
    public let parts: ModelParts<LanguageModelHead>

    public init(parts: ModelParts<LanguageModelHead>) { self.parts = parts }
}

/// The placeholder for ``XLMRobertaForCausalLM`` while its backend is unavailable.
public typealias DummyXLMRobertaForCausalLM = Dummy<XLMRobertaForCausalLM>
