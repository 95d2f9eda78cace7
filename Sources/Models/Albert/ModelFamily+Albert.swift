import BertCore

extension ModelFamily {
    /// ALBERT (Lan et al. 2020): BERT with shared layer weights and narrow embeddings.
    public static let albert = ModelFamily(
        "ALBERT", modelTypes: ["albert"], prefix: "albert",
        defaults: {
            $0.vocabSize = 30000
            $0.hiddenSize = 4096
            $0.numAttentionHeads = 64
            $0.intermediateSize = 16384
            $0.hiddenAct = .geluNew
            $0.hiddenDropoutProb = 0
            $0.attentionProbsDropoutProb = 0
        },
        unusedKeys: ["use_cache", "is_decoder", "add_cross_attention", "classifier_dropout"],
        configuration: AlbertConfiguration.self,
        validate: { config, check in
            let groups = config[AlbertConfiguration.self].numHiddenGroups
            try check.expect("num_hidden_groups", groups, 1...config.numHiddenLayers)
        },
        dropoutRates: {
            var rates = DropoutRates($0)
            rates.classifier = $0[AlbertConfiguration.self].classifierDropoutProb
            rates.feedForwardOutput = 0
            return rates
        },
        dropoutKeys: ["classifier_dropout_prob"],
        tokenTypes: .fromTokenizer,
        embeddings: {
            EmbeddingDesign(
                width: $0[AlbertConfiguration.self].embeddingSize, projection: "encoder.embedding_hidden_mapping_in")
        },
        layers: albertLayers, pooler: "pooler",
        tasks: [
            .encoder: AlbertModel.self, .maskedLM: AlbertForMaskedLM.self,
            .sequenceClassification: AlbertForSequenceClassification.self,
            .tokenClassification: AlbertForTokenClassification.self,
            .questionAnswering: AlbertForQuestionAnswering.self, .multipleChoice: AlbertForMultipleChoice.self,
            .preTraining: AlbertForPreTraining.self,
        ], otherClasses: [AlbertForSequenceClassificationWithPabee.self, AlbertExitClassifier.self])

    @Sendable private static func albertLayers(_ config: BertConfig) -> [any LayerRecipe] {
        let (groups, inner) = (
            config[AlbertConfiguration.self].numHiddenGroups, config[AlbertConfiguration.self].innerGroupNum
        )
        return (0..<config.numHiddenLayers).map { layer in
            // Like `transformers`, even if the number of layers isn't a multiple of the number of groups.
            let group = Int(Double(layer) / (Double(config.numHiddenLayers) / Double(groups)))
            let path = "encoder.albert_layer_groups.\(group)"
            let layers = (0..<inner).map { number in
                LayerDesign(
                    "\(path).albert_layers.\(number)", headMaskRow: group * (config.numHiddenLayers / groups) + number,
                    attention: AttentionDesign(
                        .separate(query: "attention.query", key: "attention.key", value: "attention.value"),
                        output: "attention.dense", norm: "attention.LayerNorm", heads: config.numAttentionHeads,
                        headSize: config.headSize),
                    feedForward: FeedForwardDesign(
                        .plain("ffn"), output: "ffn_output", norm: "full_layer_layer_norm",
                        size: config.intermediateSize, activation: config.hiddenAct.function))
            }
            return inner == 1 ? layers[0] : LayerSequence(path: path, layers: layers)
        }
    }
}

/// The keys of `config.json` that are specific to ALBERT.
public struct AlbertConfiguration: FamilyConfiguration {
    /// The width of the embedding tables.
    public var embeddingSize = 128
    /// The number of layer groups that share weights.
    public var numHiddenGroups = 1
    /// The number of layers in a group.
    public var innerGroupNum = 1
    /// The dropout rate before a classifier.
    public var classifierDropoutProb = 0.1

    /// Creates the default configuration.
    public init() {}

    public static let keys: [ConfigurationKey<Self>] = [
        .int("embedding_size", \.embeddingSize, 1...1 << 20),
        .int("num_hidden_groups", \.numHiddenGroups, 1...10_000),
        .int("inner_group_num", \.innerGroupNum, 1...10_000),
        .double("classifier_dropout_prob", \.classifierDropoutProb, 0...1),
    ]
}

extension LanguageModelNames {
    static let albert = LanguageModelNames(
        dense: "predictions.dense", norm: "predictions.LayerNorm", decoder: "predictions.decoder",
        bias: "predictions.bias")
}
