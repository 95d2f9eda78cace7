public import BertCore

/// CamemBERT that continues a text (`transformers.CamembertForCausalLM`).
public struct CamembertForCausalLM: CausalLanguageModel, ComposedModel {
    public static let design = ModelDesign<LanguageModelHead>.languageModel(.camembert, .roberta)
    public let parts: ModelParts<LanguageModelHead>

    public init(parts: ModelParts<LanguageModelHead>) { self.parts = parts }
}

/// In the place of ``CamembertForCausalLM`` where its backend is missing.
public typealias DummyCamembertForCausalLM = Dummy<CamembertForCausalLM>
