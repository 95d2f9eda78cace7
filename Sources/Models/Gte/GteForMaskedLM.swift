public import BertCore

/// GTE with a masked language modeling head (`transformers.GteForMaskedLM`; `NewForMaskedLM`).
public struct GteForMaskedLM: MaskedLanguageModel, ComposedModel {
    public static let design = ModelDesign<LanguageModelHead>.languageModel(.gte) { config in
        LanguageModelNames(
            dense: "lm_head.dense", norm: config[GteConfiguration.self].languageModelNorm, decoder: "lm_head.decoder",
            activation: { _ in .gelu })
    }
    public let parts: ModelParts<LanguageModelHead>

    public init(parts: ModelParts<LanguageModelHead>) { self.parts = parts }
}

/// The placeholder for ``GteForMaskedLM`` while its backend is unavailable.
public typealias DummyGteForMaskedLM = Dummy<GteForMaskedLM>
