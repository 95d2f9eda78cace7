import BertCheckpoints

extension ModelFamily {
    /// GTE (Zhang et al. 2024, "mGTE"): BERT with rotary positions and gated feed-forward blocks; `NewModel` on the
    /// hub, or GTE in transformers 5.
    public static let gte = ModelFamily(
        "GTE", modelTypes: ["gte", "new"], prefix: "gte",
        layoutPrefix: { $0[GteConfiguration.self].hasHubPrefix ? "new" : nil },
        defaults: {
            $0.vocabSize = $0.modelType == "new" ? 30528 : 250_048
            $0.maxPositionEmbeddings = $0.modelType == "new" ? 2048 : 8192
            $0.typeVocabSize = 1
            $0.padTokenId = $0.modelType == "new" ? 0 : 1
            $0.attentionProbsDropoutProb = 0
            $0[GteConfiguration.self].defaultTheta = $0.modelType == "new" ? 10_000 : 160_000
        },
        unusedKeys: ["is_decoder", "add_cross_attention", "use_cache", "position_embedding_type"],
        configuration: GteConfiguration.self, validate: { try $1.expectRotaryHeads() },
        recognise: { config, checkpoint in
            let layout: GteConfiguration.Layout =
                if checkpoint.names.contains(where: { $0.hasSuffix("attention.qkv_proj.weight") }) {
                    .hub
                } else if checkpoint.names.contains(where: { $0.hasSuffix("attention.q_proj.weight") }) {
                    .hubSeparate
                } else {
                    .transformers
                }
            config[GteConfiguration.self].layout = layout
            config[GteConfiguration.self].hasHubPrefix =
                layout != .transformers && !checkpoint.names.contains { $0.hasPrefix("gte.") }
        },
        dropoutRates: {
            var rates = DropoutRates($0)
            rates.intermediate = rates.hidden
            return rates
        },
        tokenTypes: .fromTokenizer,
        embeddings: { config in
            EmbeddingDesign(
                width: config.hiddenSize, position: nil,
                tokenType: config.typeVocabSize > 0 ? "embeddings.token_type_embeddings" : nil)
        },
        layers: { config in (0..<config.numHiddenLayers).map { layer($0, config) } }, pooler: "pooler.dense",
        tasks: [
            .encoder: GteModel.self, .maskedLM: GteForMaskedLM.self,
            .sequenceClassification: GteForSequenceClassification.self,
            .tokenClassification: GteForTokenClassification.self, .questionAnswering: GteForQuestionAnswering.self,
        ],
        otherClasses: [GteExitClassifier.self],
        architectures: [
            "NewModel": .encoder, "NewForMaskedLM": .maskedLM, "NewForSequenceClassification": .sequenceClassification,
            "NewForTokenClassification": .tokenClassification, "NewForQuestionAnswering": .questionAnswering,
        ])

    private static func layer(_ layer: Int, _ config: BertConfig) -> LayerDesign {
        let own = config[GteConfiguration.self]
        let (size, count) = (config.headSize, config.maxPositionEmbeddings)
        let rotary =
            own.scaling.map {
                RotaryDesign(
                    theta: own.theta, headSize: size, positions: count, ntkFactor: $0.factor, mixed: $0.mixed)
            } ?? RotaryDesign(theta: own.theta, headSize: size, positions: count)
        let isHub = own.layout != .transformers
        let path = isHub ? "attention" : "self_attn"
        return LayerDesign(
            isHub ? "encoder.layer.\(layer)" : "layers.\(layer)", headMaskRow: layer,
            attention: AttentionDesign(
                own.layout == .hub
                    ? .fused("attention.qkv_proj")
                    : .separate(query: "\(path).q_proj", key: "\(path).k_proj", value: "\(path).v_proj"),
                output: "\(path).o_proj", norm: isHub ? "attn_ln" : "post_attention_layernorm",
                heads: config.numAttentionHeads, headSize: config.headSize, positions: .rotary(rotary)),
            feedForward: FeedForwardDesign(
                isHub
                    ? .gated("mlp.up_gate_proj", activatedFirst: false)
                    : .gatedSplit(gate: "mlp.gate_proj", up: "mlp.up_proj"),
                output: "mlp.down_proj", norm: isHub ? "mlp_ln" : "post_mlp_layernorm", size: config.intermediateSize,
                activation: config.hiddenAct.function, innerBias: false))
    }
}
