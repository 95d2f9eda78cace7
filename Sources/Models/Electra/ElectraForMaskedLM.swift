public import BertCore

/// ELECTRA's generator, which fills in masked words (`transformers.ElectraForMaskedLM`).
public struct ElectraForMaskedLM: MaskedLanguageModel, ComposedModel {
    public static let design = ModelDesign<LanguageModelHead>.languageModel(.electra, .electra)
    public let parts: ModelParts<LanguageModelHead>

    public init(parts: ModelParts<LanguageModelHead>) { self.parts = parts }
}

/// In the place of ``ElectraForMaskedLM`` where its backend is missing.
public typealias DummyElectraForMaskedLM = Dummy<ElectraForMaskedLM>
