extension ModelFamily {
    /// DistilBERT (Sanh et al. 2019): BERT with half the layers, no token types, no pooler, and different parameter
    /// names.
    public static let distilBert = ModelFamily(
        "DistilBERT", modelTypes: ["distilbert"], prefix: "distilbert",
        defaults: {
            $0.numHiddenLayers = 6
            $0.classifierDropout = 0.2
        },
        keys: [
            "hidden_size": ["dim"], "num_hidden_layers": ["n_layers"], "num_attention_heads": ["n_heads"],
            "intermediate_size": ["hidden_dim"], "hidden_act": ["activation"], "hidden_dropout_prob": ["dropout"],
            "attention_probs_dropout_prob": ["attention_dropout"], "classifier_dropout": ["seq_classif_dropout"],
        ],
        unusedKeys: [
            "type_vocab_size", "layer_norm_eps", "position_embedding_type", "use_cache", "is_decoder",
            "add_cross_attention",
        ],
        dropoutRates: {
            var rates = DropoutRates($0)
            rates.attentionOutput = 0
            return rates
        },
        dropoutKeys: ["qa_dropout"], canPruneHeads: true,
        embeddings: { EmbeddingDesign(width: $0.hiddenSize, tokenType: nil) },
        layers: { config in
            (0..<config.numHiddenLayers).map { index in
                LayerDesign(
                    "transformer.layer.\(index)", headMaskRow: index,
                    attention: AttentionDesign(
                        .separate(query: "attention.q_lin", key: "attention.k_lin", value: "attention.v_lin"),
                        output: "attention.out_lin", norm: "sa_layer_norm", heads: config.heads(inLayer: index),
                        headSize: config.headSize),
                    feedForward: FeedForwardDesign(
                        .plain("ffn.lin1"), output: "ffn.lin2", norm: "output_layer_norm",
                        size: config.intermediateSize, activation: config.hiddenAct.function))
            }
        },
        tasks: [
            .encoder: DistilBertModel.self, .maskedLM: DistilBertForMaskedLM.self,
            .sequenceClassification: DistilBertForSequenceClassification.self,
            .tokenClassification: DistilBertForTokenClassification.self,
            .questionAnswering: DistilBertForQuestionAnswering.self,
            .multipleChoice: DistilBertForMultipleChoice.self,
        ], otherClasses: [DistilBertExitClassifier.self])
}

extension LanguageModelNames {
    static let distilBert = LanguageModelNames(
        dense: "vocab_transform", norm: "vocab_layer_norm", decoder: "vocab_projector")
}
