public import BertCore

/// RoBERTa that fills in masked words (`transformers.RobertaForMaskedLM`).
public struct RobertaForMaskedLM: MaskedLanguageModel, ComposedModel {
    public static let design = ModelDesign<LanguageModelHead>.languageModel(.roberta, .roberta)
    public let parts: ModelParts<LanguageModelHead>

    public init(parts: ModelParts<LanguageModelHead>) { self.parts = parts }
}

/// Stands in for ``RobertaForMaskedLM`` where its backend is missing.
public typealias DummyRobertaForMaskedLM = Dummy<RobertaForMaskedLM>
