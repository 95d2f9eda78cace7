import BertCheckpoints
import BertCore
import BertJSON

/// The keys of `config.json` that are specific to JinaBERT.
struct JinaBertConfiguration: FamilyConfiguration {
    static let keys: [ConfigurationKey<Self>] = [
        .constant("position_embedding_type", "alibi"), .constant("feed_forward_type", "geglu"),
    ]

    /// Returns whether a configuration with the `model_type` of BERT is that of JinaBERT.
    static func describes(_ config: JSONObject) -> Bool {
        if config["position_embedding_type"] == "alibi" { return true }
        return (config["feed_forward_type"] ?? .null) != .null && config["feed_forward_type"] != "original"
    }
}

extension ModelFamily {
    /// JinaBERT v2 (Günther et al. 2023): BERT with ALiBi instead of position embeddings, and gated feed-forward
    /// blocks.
    ///
    /// Its `model_type` is that of BERT; `position_embedding_type` and `feed_forward_type` distinguish them.
    public static let jinaBert = ModelFamily(
        "JinaBERT", modelTypes: ["bert"], isVariant: JinaBertConfiguration.describes,
        prefix: "bert",
        unusedKeys: ["is_decoder", "add_cross_attention", "use_cache", "position_embedding_type"],
        configuration: JinaBertConfiguration.self,
        validate: { config, check in
            // Both have other defaults in JinaBERT's code.
            for key in ["position_embedding_type", "feed_forward_type"] {
                try check(
                    config.raw.isEmpty || config.raw[key] != nil, key, "is missing, and its default is not supported")
            }
        },
        recognise: { _, checkpoint in
            if let name = checkpoint.names.first(where: { $0.contains("layer_norm_q") }) {
                throw BertError(
                    .unsupported,
                    "this variant of JinaBERT, with normalized queries and keys as in jina-embeddings-v2-base-code, is not supported",
                    key: name)
            }
        },
        dropoutRates: {
            var rates = DropoutRates($0)
            rates.intermediate = rates.hidden
            rates.feedForwardOutput = 0
            return rates
        },
        tokenTypes: .fromTokenizer,
        embeddings: { config in
            EmbeddingDesign(
                width: config.hiddenSize, position: nil,
                tokenType: config.typeVocabSize > 0 ? "embeddings.token_type_embeddings" : nil)
        },
        layers: { config in
            (0..<config.numHiddenLayers).map { layer in
                LayerDesign(
                    "encoder.layer.\(layer)", headMaskRow: layer,
                    attention: AttentionDesign(
                        .separate(
                            query: "attention.self.query", key: "attention.self.key", value: "attention.self.value"),
                        output: "attention.output.dense", norm: "attention.output.LayerNorm",
                        heads: config.numAttentionHeads, headSize: config.headSize,
                        positions: .distanceBias(
                            .linear(heads: config.numAttentionHeads, positions: config.maxPositionEmbeddings))),
                    feedForward: FeedForwardDesign(
                        .gated("mlp.gated_layers", activatedFirst: true), output: "mlp.wo", norm: "mlp.layernorm",
                        size: config.intermediateSize, activation: config.hiddenAct.function, innerBias: false))
            }
        },
        pooler: "pooler.dense",
        tasks: [.encoder: JinaBertModel.self, .sequenceClassification: JinaBertForSequenceClassification.self],
        otherClasses: [JinaBertExitClassifier.self])
}
