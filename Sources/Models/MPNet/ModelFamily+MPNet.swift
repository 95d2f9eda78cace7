extension ModelFamily {
    /// MPNet (Song et al. 2020): BERT with RoBERTa's positions, a relative attention bias, and no token types.
    public static let mpnet = ModelFamily(
        "MPNet", modelTypes: ["mpnet"], prefix: "mpnet",
        defaults: {
            $0.vocabSize = 30527
            $0.padTokenId = 1
        },
        unusedKeys: ["type_vocab_size", "is_decoder", "add_cross_attention", "use_cache", "position_embedding_type"],
        configuration: MPNetConfiguration.self,
        // Positions start after 1 regardless of `pad_token_id`.
        positions: { _ in .afterPadding(1) }, tokenTypes: .none,
        embeddings: { EmbeddingDesign(width: $0.hiddenSize, tokenType: nil) },
        layers: { config in
            (0..<config.numHiddenLayers).map { layer in
                LayerDesign(
                    "encoder.layer.\(layer)", headMaskRow: layer,
                    attention: AttentionDesign(
                        .separate(query: "attention.attn.q", key: "attention.attn.k", value: "attention.attn.v"),
                        output: "attention.attn.o", norm: "attention.LayerNorm", heads: config.numAttentionHeads,
                        headSize: config.headSize, positions: .distanceBias(MPNetDistanceBias.design(config))),
                    feedForward: FeedForwardDesign(
                        .plain("intermediate.dense"), output: "output.dense", norm: "output.LayerNorm",
                        size: config.intermediateSize, activation: config.hiddenAct.function))
            }
        },
        pooler: "pooler.dense",
        tasks: [
            .encoder: MPNetModel.self, .maskedLM: MPNetForMaskedLM.self,
            .sequenceClassification: MPNetForSequenceClassification.self,
            .tokenClassification: MPNetForTokenClassification.self,
            .questionAnswering: MPNetForQuestionAnswering.self, .multipleChoice: MPNetForMultipleChoice.self,
        ], otherClasses: [MPNetExitClassifier.self])
}
