public import BertCore

/// DeBERTa v2 with a masked language modeling head (`transformers.DebertaV2ForMaskedLM`).
public struct DebertaV2ForMaskedLM: MaskedLanguageModel, ComposedModel {
    public static let design = ModelDesign<LanguageModelHead>.languageModel(.debertaV2) { config in
        let own = config[DebertaV2Configuration.self]
        if own.legacy, own.hasUnreadHead {
            throw BertError(
                .unsupported,
                """
                the checkpoint's language model head has the names of Microsoft's code (lm_predictions.…), which \
                DebertaV2ForMaskedLM of transformers doesn't read either: it would start from random weights. \
                DeBERTa v3 was trained as a discriminator and can't fill in masked tokens
                """, key: "lm_predictions")
        }
        return own.legacy
            ? .bert
            : LanguageModelNames(
                dense: "lm_predictions.lm_head.dense", norm: "lm_predictions.lm_head.LayerNorm",
                decoder: "lm_predictions.lm_head.decoder", bias: "lm_predictions.lm_head.bias", alwaysTied: true)
    }
    public let parts: ModelParts<LanguageModelHead>

    public init(parts: ModelParts<LanguageModelHead>) { self.parts = parts }
}

/// The placeholder for ``DebertaV2ForMaskedLM`` while its backend is unavailable.
public typealias DummyDebertaV2ForMaskedLM = Dummy<DebertaV2ForMaskedLM>
