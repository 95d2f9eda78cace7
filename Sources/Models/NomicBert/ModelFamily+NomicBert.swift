import BertCheckpoints
import BertCore

extension ModelFamily {
    /// NomicBERT (Nussbaum et al. 2024): BERT with rotary positions and gated feed-forward blocks, in the layout of hub
    /// repositories or of transformers 5.
    public static let nomicBert = ModelFamily(
        "NomicBERT", modelTypes: ["nomic_bert"], prefix: "nomic_bert",
        layoutPrefix: { $0[NomicBertConfiguration.self].hasHubPrefix ? "bert" : nil },
        defaults: {
            $0.vocabSize = 30528
            $0.hiddenAct = .silu
            $0.maxPositionEmbeddings = 2048
        },
        keys: [
            "hidden_size": ["hidden_size", "n_embd"], "num_hidden_layers": ["num_hidden_layers", "n_layer"],
            "num_attention_heads": ["num_attention_heads", "n_head"],
            "intermediate_size": ["intermediate_size", "n_inner"],
            "layer_norm_eps": ["layer_norm_eps", "layer_norm_epsilon"],
            "max_position_embeddings": ["n_positions", "max_position_embeddings"],
        ],
        unusedKeys: [
            "is_decoder", "add_cross_attention", "use_cache", "position_embedding_type", "hidden_dropout_prob",
            "attention_probs_dropout_prob",
        ],
        nullableKeys: ["intermediate_size"],
        configuration: NomicBertConfiguration.self,
        validate: NomicBertConfiguration.check,
        recognise: recognise,
        dropoutRates: {
            // The Hub's code has no use for embd_pdrop in the embeddings.
            DropoutRates(
                embeddings: $0.share("resid_pdrop", "hidden_dropout_prob"),
                hidden: $0.share("resid_pdrop", "hidden_dropout_prob"),
                attention: $0.share("attn_pdrop", "attention_probs_dropout_prob"),
                classifier: $0.share("classifier_dropout", "embd_pdrop", "hidden_dropout_prob"))
        },
        dropoutKeys: [
            "embd_pdrop", "resid_pdrop", "attn_pdrop", "classifier_dropout", "hidden_dropout_prob",
            "attention_probs_dropout_prob",
        ],
        tokenTypes: .fromTokenizer,
        embeddings: { config in
            let isHub = config[NomicBertConfiguration.self].layout == .hub
            return EmbeddingDesign(
                width: config.hiddenSize, position: nil,
                tokenType: config.typeVocabSize > 0 ? "embeddings.token_type_embeddings" : nil,
                norm: isHub ? "emb_ln" : "embeddings.LayerNorm")
        },
        layers: { config in (0..<config.numHiddenLayers).map { layer($0, config) } }, pooler: "pooler.dense",
        tasks: [
            .encoder: NomicBertModel.self, .maskedLM: NomicBertForMaskedLM.self,
            .sequenceClassification: NomicBertForSequenceClassification.self,
            .tokenClassification: NomicBertForTokenClassification.self,
        ],
        otherClasses: [NomicBertExitClassifier.self], architectures: ["NomicBertForPreTraining": .maskedLM])

    /// Records the layout of the checkpoint and, in that of the hub, the sizes of its tensors.
    ///
    /// The Hub's code rounds `n_inner` up to a multiple of 256, derives it from `n_embd` if it is null, and rounds
    /// `vocab_size` up to a multiple of `pad_vocab_size_multiple`.
    @Sendable private static func recognise(_ config: inout BertConfig, _ checkpoint: Checkpoint) {
        func rows(_ name: String) -> Int? {
            checkpoint.names.first { $0.hasSuffix(name) }.flatMap { checkpoint.shape(of: $0)?.first }
        }
        var own = config[NomicBertConfiguration.self]
        let isHub = checkpoint.names.contains { $0.hasSuffix("attn.Wqkv.weight") }
        own.layout = isHub ? .hub : .transformers
        own.hasHubPrefix = isHub && !checkpoint.names.contains { $0.hasPrefix("nomic_bert.") }
        own.hasHeadBias = !isHub || checkpoint.contains("cls.predictions.bias")
        own.languageModelNorm =
            checkpoint.contains("cls.predictions.transform.LayerNorm.weight")
            ? "cls.predictions.transform.LayerNorm" : "cls.predictions.transform.layer_norm"
        config[NomicBertConfiguration.self] = own
        guard isHub else { return }
        config.intermediateSize = rows("layers.0.mlp.fc11.weight") ?? config.intermediateSize
        let padded = (config.vocabSize + own.vocabularyMultiple - 1) / own.vocabularyMultiple * own.vocabularyMultiple
        if rows("embeddings.word_embeddings.weight") == padded { config.vocabSize = padded }
    }

    private static func layer(_ layer: Int, _ config: BertConfig) -> LayerDesign {
        let own = config[NomicBertConfiguration.self]
        var rotary = RotaryDesign(
            theta: own.theta, headSize: config.headSize, positions: config.maxPositionEmbeddings)
        rotary.dynamic = own.scalingFactor.map {
            DynamicScaling(
                theta: own.theta, headSize: config.headSize, factor: $0, trainedPositions: own.trainedPositions)
        }
        let positions = PositionScheme.rotary(rotary)
        switch own.layout {
        case .hub:
            return LayerDesign(
                "encoder.layers.\(layer)", headMaskRow: layer,
                attention: AttentionDesign(
                    .fused("attn.Wqkv"), output: "attn.out_proj", norm: "norm1", heads: config.numAttentionHeads,
                    headSize: config.headSize, inputBias: own.attentionBias, outputBias: own.attentionBias,
                    positions: positions),
                feedForward: FeedForwardDesign(
                    .gatedSplit(gate: "mlp.fc12", up: "mlp.fc11"), output: "mlp.fc2", norm: "norm2",
                    size: config.intermediateSize, activation: config.hiddenAct.function, innerBias: own.innerBias,
                    outputBias: own.outputBias))
        case .transformers:
            return LayerDesign(
                "layers.\(layer)", headMaskRow: layer,
                attention: AttentionDesign(
                    .separate(query: "self_attn.q_proj", key: "self_attn.k_proj", value: "self_attn.v_proj"),
                    output: "self_attn.o_proj", norm: "post_attention_layernorm", heads: config.numAttentionHeads,
                    headSize: config.headSize, inputBias: false, outputBias: false, positions: positions),
                feedForward: FeedForwardDesign(
                    .gatedSplit(gate: "mlp.gate_proj", up: "mlp.up_proj"), output: "mlp.down_proj",
                    norm: "post_mlp_layernorm", size: config.intermediateSize, activation: config.hiddenAct.function,
                    innerBias: false, outputBias: false))
        }
    }
}
