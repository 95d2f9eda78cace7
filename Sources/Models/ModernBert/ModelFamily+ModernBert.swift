import BertCore

extension ModelFamily {
    /// ModernBERT (Warner et al. 2024): pre-norm layers with rotary positions and gated feed-forward blocks. Most
    /// layers use sliding-window attention.
    public static let modernBert = ModelFamily(
        "ModernBERT", modelTypes: ["modernbert"], prefix: "model",
        defaults: {
            $0.vocabSize = 50368
            $0.intermediateSize = 1152
            $0.numHiddenLayers = 22
            $0.maxPositionEmbeddings = 8192
            $0.layerNormEps = 1e-5
            $0.padTokenId = 50283
        },
        keys: ["hidden_act": ["hidden_activation"], "layer_norm_eps": ["norm_eps"]],
        unusedKeys: [
            "type_vocab_size", "is_decoder", "add_cross_attention", "use_cache", "position_embedding_type",
            "hidden_dropout_prob", "attention_probs_dropout_prob",
        ],
        configuration: ModernBertConfiguration.self,
        validate: { config, check in
            let own = config[ModernBertConfiguration.self]
            if let types = own.layerTypes {
                try check(
                    types.count == config.numHiddenLayers, "layer_types",
                    "has \(types.count) entries, but num_hidden_layers is \(config.numHiddenLayers)",
                    value: .int(types.count), limit: .int(config.numHiddenLayers))
                if let every = own.globalEvery {
                    let other = types.indices.first {
                        types[$0] != ModernBertConfiguration.type(ofLayer: $0, every: every)
                    }
                    try check(
                        other == nil, "layer_types",
                        "the layer \(other ?? 0) contradicts global_attn_every_n_layers, \(every); correct one of the two",
                        value: .int(every))
                }
            }
            try check.expectRotaryHeads()
        },
        dropoutRates: {
            DropoutRates(
                embeddings: $0.share("embedding_dropout"), hidden: $0.share("attention_dropout"),
                attention: $0.share("attention_dropout"), classifier: $0.share("classifier_dropout"),
                intermediate: $0.share("mlp_dropout"), feedForwardOutput: 0)
        },
        dropoutKeys: ["embedding_dropout", "attention_dropout", "mlp_dropout", "classifier_dropout"],
        tokenTypes: .none,
        embeddings: { config in
            EmbeddingDesign(
                width: config.hiddenSize, word: "embeddings.tok_embeddings", position: nil, tokenType: nil,
                norm: config.modernBertNorm("embeddings.norm"))
        },
        layers: { config in (0..<config.numHiddenLayers).map { layer($0, config) } },
        finalNorm: { $0.modernBertNorm("final_norm") },
        tasks: [
            .encoder: ModernBertModel.self, .maskedLM: ModernBertForMaskedLM.self,
            .sequenceClassification: ModernBertForSequenceClassification.self,
            .tokenClassification: ModernBertForTokenClassification.self,
            .questionAnswering: ModernBertForQuestionAnswering.self,
            .multipleChoice: ModernBertForMultipleChoice.self,
        ], otherClasses: [ModernBertExitClassifier.self])

    private static func layer(_ layer: Int, _ config: BertConfig) -> LayerDesign {
        let own = config[ModernBertConfiguration.self]
        let type = own.type(ofLayer: layer)
        return LayerDesign(
            "layers.\(layer)", headMaskRow: layer, normOrder: .pre,
            attention: AttentionDesign(
                .fused("attn.Wqkv"), output: "attn.Wo", norm: layer == 0 ? nil : config.modernBertNorm("attn_norm"),
                heads: config.numAttentionHeads, headSize: config.headSize, inputBias: own.attentionBias,
                outputBias: own.attentionBias,
                reach: type == .sliding ? own.localAttention / 2 : nil,
                positions: .rotary(
                    RotaryDesign(
                        theta: own.theta(type), headSize: config.headSize, positions: config.maxPositionEmbeddings))),
            feedForward: FeedForwardDesign(
                .gated("mlp.Wi", activatedFirst: true), output: "mlp.Wo", norm: config.modernBertNorm("mlp_norm"),
                size: config.intermediateSize, activation: config.hiddenAct.function, innerBias: own.feedForwardBias,
                outputBias: own.feedForwardBias))
    }
}

extension BertConfig {
    /// Returns a normalization with or without a bias, depending on `norm_bias`.
    fileprivate func modernBertNorm(_ name: String) -> NormDesign {
        NormDesign(name, bias: self[ModernBertConfiguration.self].normBias)
    }

    /// The layer before every head, norm(act(dense(x))) (`transformers.ModernBertPredictionHead`).
    var modernBertHead: DenseStack.Layer {
        let own = self[ModernBertConfiguration.self]
        return DenseStack.Layer(
            "head.dense", hiddenSize, own.classifierActivation.function, bias: own.classifierBias,
            norm: modernBertNorm("head.norm"))
    }
}

extension ModelDesign where Head == SequenceHead {
    /// Returns a design with ModernBERT's head and a linear layer, on the vector selected by `classifier_pooling`.
    ///
    /// - Parameter first: What `cls` pooling selects.
    static func modernBert(
        cls first: SequenceHead.Reading = .firstToken, outputs: @escaping @Sendable (BertConfig) -> Int
    ) -> Self {
        sequence(.modernBert) { config in
            config[ModernBertConfiguration.self].pooling == .mean ? .mean : first
        } _: { config in
            [config.modernBertHead, .init("classifier", outputs(config))]
        }
    }
}
