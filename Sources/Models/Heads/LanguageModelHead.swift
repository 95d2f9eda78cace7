import BertCore

/// What a family calls the parameters of its language model head.
struct LanguageModelNames: Sendable {
    let dense: String
    let norm: String
    let decoder: String
    /// Another name of the decoder's bias.
    var bias: String?
    let activation: @Sendable (BertConfig) -> Activation

    static let bert = LanguageModelNames(
        dense: "cls.predictions.transform.dense", norm: "cls.predictions.transform.LayerNorm",
        decoder: "cls.predictions.decoder", bias: "cls.predictions.bias", activation: { $0.hiddenAct.function })
    static let roberta = LanguageModelNames(
        dense: "lm_head.dense", norm: "lm_head.layer_norm", decoder: "lm_head.decoder", bias: "lm_head.bias",
        activation: { _ in .gelu })
    static let distilBert = LanguageModelNames(
        dense: "vocab_transform", norm: "vocab_layer_norm", decoder: "vocab_projector",
        activation: { $0.hiddenAct.function })
}

/// decoder(LayerNorm(act(dense(x)))) on every token: a score for each word of the vocabulary.
///
/// The decoder is the table of word embeddings, unless `tie_word_embeddings` is false.
public struct LanguageModelHead: Sendable {
    private let names: LanguageModelNames
    private let dense: PreparedLinear
    private let activation: Activation
    private let norm: LayerNormWeights
    private let decoder: PreparedLinear

    static func parameterSpecs(
        _ names: LanguageModelNames, trunk: String, _ config: BertConfig
    ) -> [ParameterSpec] {
        let bias = names.bias.map { [ParameterSpec($0, [config.vocabSize], .zeros)] } ?? []
        return ParameterSpec.linear(names.dense, in: config.hiddenSize, out: config.hiddenSize)
            + ParameterSpec.layerNorm(names.norm, config.hiddenSize) + bias + [
                ParameterSpec(
                    "\(names.decoder).weight", [config.vocabSize, config.hiddenSize],
                    tiedTo: config.tieWordEmbeddings ? Embeddings.wordName(trunk) : nil),
                ParameterSpec("\(names.decoder).bias", [config.vocabSize], .zeros, tiedTo: names.bias),
            ]
    }

    init(_ loader: WeightLoader, _ names: LanguageModelNames, _ config: BertConfig) throws {
        self.names = names
        dense = try loader.linear(names.dense)
        activation = names.activation(config)
        norm = try loader.layerNorm(names.norm, epsilon: config.layerNormEps)
        decoder = try loader.linear(names.decoder)
    }

    /// `[rows, vocabulary]`.
    func callAsFunction(_ run: EncoderRun) throws -> Tensor {
        let backend = run.backend
        return try backend.asCaller {
            let normalised = try OperationScope.with(names.dense, on: backend) {
                let transformed = try backend.linear(run.hidden(), dense, activation: activation, residual: nil)
                return try backend.layerNorm(transformed, residual: nil, norm)
            }
            return try OperationScope.with(names.decoder, on: backend) {
                try backend.linear(normalised, decoder, activation: nil, residual: nil)
            }
        }
    }
}

extension ModelDesign where Head == LanguageModelHead {
    /// A trunk with a language model head.
    static func languageModel(_ family: ModelFamily, _ names: LanguageModelNames) -> Self {
        ModelDesign(family) {
            LanguageModelHead.parameterSpecs(names, trunk: family.prefix + ".", $0)
        } makeHead: {
            try LanguageModelHead($0, names, $1)
        }
    }
}
