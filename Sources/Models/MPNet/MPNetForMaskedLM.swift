public import BertCore

/// MPNet with a masked language modeling head (`transformers.MPNetForMaskedLM`).
public struct MPNetForMaskedLM: MaskedLanguageModel, ComposedModel {
    public static let design = ModelDesign<LanguageModelHead>.languageModel(.mpnet, .roberta)
    public let parts: ModelParts<LanguageModelHead>

    public init(parts: ModelParts<LanguageModelHead>) { self.parts = parts }
}

/// The placeholder for ``MPNetForMaskedLM`` while its backend is unavailable.
public typealias DummyMPNetForMaskedLM = Dummy<MPNetForMaskedLM>
