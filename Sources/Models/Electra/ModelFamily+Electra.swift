import BertCore
import BertJSON

extension ModelFamily {
    /// ELECTRA (Clark et al. 2020): BERT with narrow embeddings, no pooler, and heads of its own.
    public static let electra = ModelFamily(
        "ELECTRA", modelTypes: ["electra"], prefix: "electra",
        defaults: {
            $0.hiddenSize = 256
            $0.numAttentionHeads = 4
            $0.intermediateSize = 1024
        },
        configuration: ElectraConfiguration.self,
        validate: { config, check in
            let electra = config[ElectraConfiguration.self]
            try check(
                electra.summaryType == "first", "summary_type",
                "only \"first\" is supported, found \"\(electra.summaryType)\"",
                value: .string(electra.summaryType))
        },
        tokenTypes: .fromTokenizer, canPruneHeads: true, canDecode: true,
        embeddings: { config in
            let width = config[ElectraConfiguration.self].embeddingSize
            return EmbeddingDesign(
                width: width, projection: width == config.hiddenSize ? nil : "embeddings_project")
        },
        layers: LayerDesign.bertLayers,
        tasks: [
            .encoder: ElectraModel.self, .maskedLM: ElectraForMaskedLM.self,
            .sequenceClassification: ElectraForSequenceClassification.self,
            .tokenClassification: ElectraForTokenClassification.self,
            .questionAnswering: ElectraForQuestionAnswering.self, .multipleChoice: ElectraForMultipleChoice.self,
            .replacedTokenDetection: ElectraForPreTraining.self,
        ])
}

/// What ELECTRA's `config.json` has beside BERT's.
public struct ElectraConfiguration: FamilyConfiguration {
    /// The width of the embeddings.
    public var embeddingSize = 128
    /// What a multiple-choice head reads of a sequence; always `first`.
    public var summaryType = "first"
    /// Whether a multiple-choice head has a linear layer before its classifier.
    public var summaryUseProj = true
    /// The activation behind that layer; nil for none.
    public var summaryActivation: HiddenActivation? = .gelu
    /// Dropout behind that layer in training.
    public var summaryLastDropout = 0.1

    /// The defaults.
    public init() {}

    public static let keys: [ConfigurationKey<Self>] = [
        .int("embedding_size", \.embeddingSize, 1...1 << 20),
        ConfigurationKey("summary_type") {
            $0.summaryType = try $1.string()
        } write: {
            $1["summary_type"] = .string($0.summaryType)
        },
        .bool("summary_use_proj", \.summaryUseProj),
        ConfigurationKey("summary_activation") {
            $0.summaryActivation = $1.isNull ? nil : try HiddenActivation($1)
        } write: {
            $1["summary_activation"] = $0.summaryActivation.map { .string($0.name) } ?? .null
        },
        .double("summary_last_dropout", \.summaryLastDropout, 0...1),
    ]
}

extension LanguageModelNames {
    /// The generator's: a linear layer to the width of the embeddings, gelu whatever `hidden_act` says.
    static let electra = LanguageModelNames(
        dense: "generator_predictions.dense", norm: "generator_predictions.LayerNorm",
        decoder: "generator_lm_head", activation: { _ in .gelu })
}
