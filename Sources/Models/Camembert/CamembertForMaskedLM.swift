public import BertCore

/// CamemBERT that fills in masked words (`transformers.CamembertForMaskedLM`).
public struct CamembertForMaskedLM: MaskedLanguageModel, ComposedModel {
    public static let design = ModelDesign<LanguageModelHead>.languageModel(.camembert, .roberta)
    public let parts: ModelParts<LanguageModelHead>

    public init(parts: ModelParts<LanguageModelHead>) { self.parts = parts }
}

/// In the place of ``CamembertForMaskedLM`` where its backend is missing.
public typealias DummyCamembertForMaskedLM = Dummy<CamembertForMaskedLM>
