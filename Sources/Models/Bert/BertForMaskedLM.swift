public import BertCore

/// BERT with a masked language modeling head (`transformers.BertForMaskedLM`).
public struct BertForMaskedLM: MaskedLanguageModel, ComposedModel {
    public static let design = ModelDesign<LanguageModelHead>.languageModel(.bert, .bert)
    public let parts: ModelParts<LanguageModelHead>

    public init(parts: ModelParts<LanguageModelHead>) { self.parts = parts }
}

/// The placeholder for ``BertForMaskedLM`` while its backend is unavailable.
public typealias DummyBertForMaskedLM = Dummy<BertForMaskedLM>
