import BertCore
import BertJSON

extension ModelFamily {
    /// ELECTRA (Clark et al. 2020): BERT with narrow embeddings, no pooler, and different heads.
    public static let electra = ModelFamily(
        "ELECTRA", modelTypes: ["electra"], prefix: "electra",
        defaults: {
            $0.hiddenSize = 256
            $0.numAttentionHeads = 4
            $0.intermediateSize = 1024
        },
        configuration: ElectraConfiguration.self,
        dropoutKeys: ["summary_last_dropout"], tokenTypes: .fromTokenizer, canPruneHeads: true, canDecode: true,
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
        ], otherClasses: [ElectraExitClassifier.self])
}

/// The keys of `config.json` that are specific to ELECTRA.
public struct ElectraConfiguration: FamilyConfiguration {
    /// The width of the embedding tables.
    public var embeddingSize = 128
    /// The part of a sequence that a multiple choice head reads; only `first` is supported.
    public var summaryType = "first"
    /// Whether a multiple choice head has a linear layer before its classifier.
    public var summaryUseProj = true
    /// The activation after that layer; nil for none.
    public var summaryActivation: HiddenActivation? = .gelu
    /// The dropout rate after that layer.
    public var summaryLastDropout = 0.1

    /// Creates the default configuration.
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
    /// The generator's head: its linear layer has the width of the embeddings, and its activation is gelu regardless of
    /// `hidden_act`.
    static let electra = LanguageModelNames(
        dense: "generator_predictions.dense", norm: "generator_predictions.LayerNorm",
        decoder: "generator_lm_head", activation: { _ in .gelu })
}
