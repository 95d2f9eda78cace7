public import BertCore

/// BERT that fills in masked words (`transformers.BertForMaskedLM`).
public struct BertForMaskedLM: MaskedLanguageModel, ComposedModel {
    public static let design = ModelDesign<LanguageModelHead>.languageModel(.bert, .bert)
    public let parts: ModelParts<LanguageModelHead>

    public init(parts: ModelParts<LanguageModelHead>) { self.parts = parts }
}

/// Stands in for ``BertForMaskedLM`` where its backend is missing.
public typealias DummyBertForMaskedLM = Dummy<BertForMaskedLM>
