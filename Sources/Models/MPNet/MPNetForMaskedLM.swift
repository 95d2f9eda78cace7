public import BertCore

/// MPNet that fills in masked tokens (`transformers.MPNetForMaskedLM`).
public struct MPNetForMaskedLM: MaskedLanguageModel, ComposedModel {
    public static let design = ModelDesign<LanguageModelHead>.languageModel(.mpnet, .roberta)
    public let parts: ModelParts<LanguageModelHead>

    public init(parts: ModelParts<LanguageModelHead>) { self.parts = parts }
}

/// Takes the place of ``MPNetForMaskedLM`` where its backend is missing.
public typealias DummyMPNetForMaskedLM = Dummy<MPNetForMaskedLM>
