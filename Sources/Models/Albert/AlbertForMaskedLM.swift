public import BertCore

/// ALBERT that fills in masked words (`transformers.AlbertForMaskedLM`).
public struct AlbertForMaskedLM: MaskedLanguageModel, ComposedModel {
    public static let design = ModelDesign<LanguageModelHead>.languageModel(.albert, .albert)
    public let parts: ModelParts<LanguageModelHead>

    public init(parts: ModelParts<LanguageModelHead>) { self.parts = parts }
}

/// In the place of ``AlbertForMaskedLM`` where its backend is missing.
public typealias DummyAlbertForMaskedLM = Dummy<AlbertForMaskedLM>
