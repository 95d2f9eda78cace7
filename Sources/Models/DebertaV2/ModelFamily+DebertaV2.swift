import BertCheckpoints
import BertCore
import BertJSON

extension ModelFamily {
    /// DeBERTa v2 and v3 (He et al. 2021): BERT with disentangled attention. DeBERTa v1 has a different architecture.
    public static let debertaV2 = ModelFamily(
        "DeBERTa-v2", modelTypes: ["deberta-v2"],
        refusedTypes: ["deberta": "DeBERTa v1 is a different architecture and not supported, unlike v2 and v3"],
        prefix: "deberta",
        defaults: {
            $0.vocabSize = 128_100
            $0.hiddenSize = 1536
            $0.numHiddenLayers = 24
            $0.numAttentionHeads = 24
            $0.intermediateSize = 6144
            $0.typeVocabSize = 0
            $0.layerNormEps = 1e-7
        },
        unusedKeys: ["is_decoder", "add_cross_attention", "use_cache", "position_embedding_type"],
        configuration: DebertaV2Configuration.self,
        validate: { config, check in
            let own = config[DebertaV2Configuration.self]
            if let kernel = own.convolutionKernel {
                try check(!kernel.isMultiple(of: 2), "conv_kernel_size", "must be odd", value: .int(kernel))
            }
            if let size = config.raw["pooler_hidden_size"]?.intValue {
                try check(
                    size == config.hiddenSize, "pooler_hidden_size",
                    "must be hidden_size, \(config.hiddenSize), because the pooler reads hidden states",
                    value: .int(size),
                    limit: .int(config.hiddenSize))
            }
            if own.relativeAttention, own.positionBuckets > 0 {
                let farthest = config.debertaPositions.farthest
                try check(
                    own.positionBuckets >= 2 && farthest - 1 > own.positionBuckets / 2, "position_buckets",
                    "must be at least 2, and half of it less than the farthest distance, \(farthest - 1)",
                    value: .int(own.positionBuckets))
            }
        },
        recognise: { config, checkpoint in
            config[DebertaV2Configuration.self].hasUnreadHead =
                checkpoint.names.contains { $0.hasPrefix("lm_predictions.") }
                && !checkpoint.names.contains { $0.hasPrefix("cls.predictions.") }
        },
        positions: { $0[DebertaV2Configuration.self].positionBiasedInput ? .absolute : .unlimited },
        dropoutRates: {
            var rates = DropoutRates($0)
            rates.relativePositions = rates.hidden
            rates.classifier = $0.share("cls_dropout", default: rates.hidden)
            return rates
        },
        dropoutKeys: ["cls_dropout", "pooler_dropout"],
        tokenTypes: .fromTokenizer, zeroesMaskedTokens: true, weighsLabels: true,
        embeddings: { config in
            let own = config[DebertaV2Configuration.self]
            let width = own.embeddingSize ?? config.hiddenSize
            return EmbeddingDesign(
                width: width, position: own.positionBiasedInput ? "embeddings.position_embeddings" : nil,
                tokenType: config.typeVocabSize > 0 ? "embeddings.token_type_embeddings" : nil,
                projection: width == config.hiddenSize ? nil : "embeddings.embed_proj", projectionBias: false,
                normFollowsProjection: true)
        },
        layers: { config in
            let own = config[DebertaV2Configuration.self]
            return (0..<config.numHiddenLayers).map { layer in
                var design = LayerDesign(
                    "encoder.layer.\(layer)", headMaskRow: layer,
                    attention: AttentionDesign(
                        .separate(
                            query: "attention.self.query_proj", key: "attention.self.key_proj",
                            value: "attention.self.value_proj"),
                        output: "attention.output.dense", norm: "attention.output.LayerNorm",
                        heads: config.numAttentionHeads, headSize: config.headSize,
                        scale: 1 / Float(config.headSize * (1 + own.terms.count)).squareRoot(),
                        positions: config.debertaPositions.scheme(config)),
                    feedForward: FeedForwardDesign(
                        .plain("intermediate.dense"), output: "output.dense", norm: "output.LayerNorm",
                        size: config.intermediateSize, activation: config.hiddenAct.function))
                design.attention.maskedTokensAverage = true
                guard layer == 0, let kernel = own.convolutionKernel else { return design }
                return ConvolvedLayer(
                    layer: design, kernel: kernel, activation: own.convolutionActivation.function)
            }
        },
        tasks: [
            .encoder: DebertaV2Model.self, .maskedLM: DebertaV2ForMaskedLM.self,
            .sequenceClassification: DebertaV2ForSequenceClassification.self,
            .tokenClassification: DebertaV2ForTokenClassification.self,
            .questionAnswering: DebertaV2ForQuestionAnswering.self, .multipleChoice: DebertaV2ForMultipleChoice.self,
        ], otherClasses: [DebertaV2ExitClassifier.self])
}

extension ModelDesign where Head == SequenceHead {
    /// Returns a design with DeBERTa's pooler and a linear layer on the first token. The pooler's parameter names have
    /// no prefix.
    static func debertaV2(outputs: @escaping @Sendable (BertConfig) -> Int) -> Self {
        firstToken(.debertaV2) { config in
            let activation = config[DebertaV2Configuration.self].poolerHiddenAct.function
            return [
                .init("pooler.dense", config.hiddenSize, activation, dropout: config.share("pooler_dropout")),
                .init("classifier", outputs(config)),
            ]
        }
    }
}
