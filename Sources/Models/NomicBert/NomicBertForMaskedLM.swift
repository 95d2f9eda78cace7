public import BertCore

/// NomicBERT with a masked language modeling head (`transformers.NomicBertForMaskedLM`).
public struct NomicBertForMaskedLM: MaskedLanguageModel, ComposedModel {
    public static let design = ModelDesign<LanguageModelHead>.languageModel(.nomicBert) { config in
        let own = config[NomicBertConfiguration.self]
        let hasBias = own.hasHeadBias || own.innerBias
        return LanguageModelNames(
            dense: "cls.predictions.transform.dense", norm: own.languageModelNorm, decoder: "cls.predictions.decoder",
            bias: hasBias ? "cls.predictions.bias" : nil, decoderBias: hasBias, denseBias: hasBias)
    }
    public let parts: ModelParts<LanguageModelHead>

    public init(parts: ModelParts<LanguageModelHead>) { self.parts = parts }
}

/// The placeholder for ``NomicBertForMaskedLM`` while its backend is unavailable.
public typealias DummyNomicBertForMaskedLM = Dummy<NomicBertForMaskedLM>
