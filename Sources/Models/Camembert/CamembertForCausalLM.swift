public import BertCore

/// CamemBERT with a causal language modeling head (`transformers.CamembertForCausalLM`).
public struct CamembertForCausalLM: CausalLanguageModel, ComposedModel {
    public static let design = ModelDesign<LanguageModelHead>.languageModel(.camembert, .roberta)
    public let parts: ModelParts<LanguageModelHead>

    public init(parts: ModelParts<LanguageModelHead>) { self.parts = parts }
}

/// The placeholder for ``CamembertForCausalLM`` while its backend is unavailable.
public typealias DummyCamembertForCausalLM = Dummy<CamembertForCausalLM>
