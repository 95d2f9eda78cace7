public import BertCore

/// ALBERT with a masked language modeling head (`transformers.AlbertForMaskedLM`).
public struct AlbertForMaskedLM: MaskedLanguageModel, ComposedModel {
    public static let design = ModelDesign<LanguageModelHead>.languageModel(.albert, .albert)
    public let parts: ModelParts<LanguageModelHead>

    public init(parts: ModelParts<LanguageModelHead>) { self.parts = parts }
}

/// The placeholder for ``AlbertForMaskedLM`` while its backend is unavailable.
public typealias DummyAlbertForMaskedLM = Dummy<AlbertForMaskedLM>
