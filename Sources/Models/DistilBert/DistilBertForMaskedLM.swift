public import BertCore

/// DistilBERT with a masked language modeling head (`transformers.DistilBertForMaskedLM`).
public struct DistilBertForMaskedLM: MaskedLanguageModel, ComposedModel {
    public static let design = ModelDesign<LanguageModelHead>.languageModel(.distilBert, .distilBert)
    public let parts: ModelParts<LanguageModelHead>

    public init(parts: ModelParts<LanguageModelHead>) { self.parts = parts }
}

/// The placeholder for ``DistilBertForMaskedLM`` while its backend is unavailable.
public typealias DummyDistilBertForMaskedLM = Dummy<DistilBertForMaskedLM>
