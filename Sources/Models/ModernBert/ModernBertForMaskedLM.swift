public import BertCore

/// ModernBERT with a masked language modeling head (`transformers.ModernBertForMaskedLM`).
public struct ModernBertForMaskedLM: MaskedLanguageModel, ComposedModel {
    public static let design = ModelDesign<LanguageModelHead>.languageModel(.modernBert) { config in
        let own = config[ModernBertConfiguration.self]
        return LanguageModelNames(
            dense: "head.dense", norm: NormDesign("head.norm", bias: own.normBias), decoder: "decoder",
            decoderBias: own.decoderBias, denseBias: own.classifierBias,
            activation: { _ in own.classifierActivation.function })
    }
    public let parts: ModelParts<LanguageModelHead>

    public init(parts: ModelParts<LanguageModelHead>) { self.parts = parts }
}

/// The placeholder for ``ModernBertForMaskedLM`` while its backend is unavailable.
public typealias DummyModernBertForMaskedLM = Dummy<ModernBertForMaskedLM>
