public import BertCore

/// GTE that fills in masked tokens (`transformers.GteForMaskedLM`; `NewForMaskedLM`).
public struct GteForMaskedLM: MaskedLanguageModel, ComposedModel {
    public static let design = ModelDesign<LanguageModelHead>.languageModel(.gte) { config in
        LanguageModelNames(
            dense: "lm_head.dense", norm: config[GteConfiguration.self].languageModelNorm, decoder: "lm_head.decoder",
            activation: { _ in .gelu })
    }
    public let parts: ModelParts<LanguageModelHead>

    public init(parts: ModelParts<LanguageModelHead>) { self.parts = parts }
}

/// Takes the place of ``GteForMaskedLM`` where its backend is missing.
public typealias DummyGteForMaskedLM = Dummy<GteForMaskedLM>
