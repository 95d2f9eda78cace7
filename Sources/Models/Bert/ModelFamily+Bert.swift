extension ModelFamily {
    /// BERT (Devlin et al. 2019), including DeeBERT and PABEE.
    public static let bert = ModelFamily(
        "BERT", modelTypes: ["bert"], prefix: "bert", tokenTypes: .fromTokenizer, canPruneHeads: true,
        canDecode: true, embeddings: { EmbeddingDesign(width: $0.hiddenSize) }, layers: LayerDesign.bertLayers,
        pooler: "pooler.dense",
        tasks: [
            .encoder: BertModel.self, .maskedLM: BertForMaskedLM.self, .causalLM: BertLMHeadModel.self,
            .sequenceClassification: BertForSequenceClassification.self,
            .tokenClassification: BertForTokenClassification.self,
            .questionAnswering: BertForQuestionAnswering.self, .multipleChoice: BertForMultipleChoice.self,
            .nextSentencePrediction: BertForNextSentencePrediction.self, .preTraining: BertForPreTraining.self,
        ],
        otherClasses: [
            DeeBertModel.self, DeeBertForSequenceClassification.self, BertForSequenceClassificationWithPabee.self,
        ])
}

extension LayerDesign {
    /// Returns the layers of BERT with its parameter names (`encoder.layer.0`, …), which many families share.
    public static func bertLayers(_ config: BertConfig) -> [any LayerRecipe] {
        (0..<config.numHiddenLayers).map { index in
            LayerDesign(
                "encoder.layer.\(index)", headMaskRow: index,
                attention: .bert("attention", heads: config.heads(inLayer: index), headSize: config.headSize),
                crossAttention: config.attendsToEncoder
                    ? .bert("crossattention", heads: config.numAttentionHeads, headSize: config.headSize) : nil,
                feedForward: .bert(config))
        }
    }
}

extension AttentionDesign {
    /// Returns an attention block with BERT's parameter names below `path`.
    public static func bert(_ path: String, heads: Int, headSize: Int) -> AttentionDesign {
        AttentionDesign(
            .separate(query: "\(path).self.query", key: "\(path).self.key", value: "\(path).self.value"),
            output: "\(path).output.dense", norm: NormDesign("\(path).output.LayerNorm"), heads: heads,
            headSize: headSize)
    }
}

extension FeedForwardDesign {
    /// Returns a feed-forward block with BERT's parameter names.
    public static func bert(_ config: BertConfig) -> FeedForwardDesign {
        FeedForwardDesign(
            .plain("intermediate.dense"), output: "output.dense", norm: "output.LayerNorm",
            size: config.intermediateSize, activation: config.hiddenAct.function)
    }
}
