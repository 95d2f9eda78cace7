public import BertCore

/// RoBERTa with a masked language modeling head (`transformers.RobertaForMaskedLM`).
public struct RobertaForMaskedLM: MaskedLanguageModel, ComposedModel {
    public static let design = ModelDesign<LanguageModelHead>.languageModel(.roberta, .roberta)
    public let parts: ModelParts<LanguageModelHead>

    public init(parts: ModelParts<LanguageModelHead>) { self.parts = parts }
}

/// The placeholder for ``RobertaForMaskedLM`` while its backend is unavailable.
public typealias DummyRobertaForMaskedLM = Dummy<RobertaForMaskedLM>
