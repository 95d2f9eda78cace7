public import BertCore

/// RoBERTa as a decoder with a causal language modeling head (`transformers.RobertaForCausalLM`).
public struct RobertaForCausalLM: CausalLanguageModel, ComposedModel {
    public static let design = ModelDesign<LanguageModelHead>.languageModel(.roberta, .roberta)
    public let parts: ModelParts<LanguageModelHead>

    public init(parts: ModelParts<LanguageModelHead>) { self.parts = parts }
}

/// The placeholder for ``RobertaForCausalLM`` while its backend is unavailable.
public typealias DummyRobertaForCausalLM = Dummy<RobertaForCausalLM>
