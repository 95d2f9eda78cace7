public import BertCore

/// DistilBERT that fills in masked words (`transformers.DistilBertForMaskedLM`).
public struct DistilBertForMaskedLM: MaskedLanguageModel, ComposedModel {
    public static let design = ModelDesign<LanguageModelHead>.languageModel(.distilBert, .distilBert)
    public let parts: ModelParts<LanguageModelHead>

    public init(parts: ModelParts<LanguageModelHead>) { self.parts = parts }
}

/// Stands in for ``DistilBertForMaskedLM`` where its backend is missing.
public typealias DummyDistilBertForMaskedLM = Dummy<DistilBertForMaskedLM>
