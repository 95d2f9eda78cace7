public import BertCore

/// ELECTRA's generator with a masked language modeling head (`transformers.ElectraForMaskedLM`).
public struct ElectraForMaskedLM: MaskedLanguageModel, ComposedModel {
    public static let design = ModelDesign<LanguageModelHead>.languageModel(.electra, .electra)
    public let parts: ModelParts<LanguageModelHead>

    public init(parts: ModelParts<LanguageModelHead>) { self.parts = parts }
}

/// The placeholder for ``ElectraForMaskedLM`` while its backend is unavailable.
public typealias DummyElectraForMaskedLM = Dummy<ElectraForMaskedLM>
