public import BertCore

/// CamemBERT with a masked language modeling head (`transformers.CamembertForMaskedLM`).
public struct CamembertForMaskedLM: MaskedLanguageModel, ComposedModel {
    public static let design = ModelDesign<LanguageModelHead>.languageModel(.camembert, .roberta)
    public let parts: ModelParts<LanguageModelHead>

    public init(parts: ModelParts<LanguageModelHead>) { self.parts = parts }
}

/// The placeholder for ``CamembertForMaskedLM`` while its backend is unavailable.
public typealias DummyCamembertForMaskedLM = Dummy<CamembertForMaskedLM>
