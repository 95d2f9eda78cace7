import BertCheckpoints
import BertCore
import BertJSON

/// The keys of `config.json` that are specific to JinaBERT.
struct JinaBertConfiguration: FamilyConfiguration {
    static let keys: [ConfigurationKey<Self>] = [
        .constant("position_embedding_type", "alibi"), .constant("feed_forward_type", "geglu"),
    ]
}

extension ModelFamily {
    /// JinaBERT v2 (Günther et al. 2023): BERT with ALiBi instead of position embeddings, and gated feed-forward
    /// blocks.
    ///
    /// Its `model_type` is that of BERT; `position_embedding_type` distinguishes them.
    public static let jinaBert = ModelFamily(
        "JinaBERT", modelTypes: ["bert"], isVariant: { $0["position_embedding_type"] == .string("alibi") },
        prefix: "bert",
        unusedKeys: ["is_decoder", "add_cross_attention", "use_cache", "position_embedding_type"],
        configuration: JinaBertConfiguration.self,
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
        tasks: [.encoder: JinaBertModel.self, .sequenceClassification: JinaBertForSequenceClassification.self])
}
