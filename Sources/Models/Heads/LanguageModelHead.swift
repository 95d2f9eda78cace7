public import BertCore

/// The parameter names and variations of a family's language modeling head.
public struct LanguageModelNames: Sendable {
    /// The name of the linear layer before the decoder.
    public let dense: String
    /// The normalization after the linear layer.
    public let norm: NormDesign
    /// The name of the decoder, which computes the scores of the vocabulary. Its weight is tied to the word embeddings
    /// unless `tie_word_embeddings` is false.
    public let decoder: String
    /// A second name of the decoder's bias; both refer to the same values.
    public let bias: String?
    /// Whether the decoder's weight is tied to the word embeddings regardless of `tie_word_embeddings`.
    public let isAlwaysTied: Bool
    /// Whether the decoder has a bias.
    public let hasDecoderBias: Bool
    /// Whether the linear layer has a bias.
    public let hasDenseBias: Bool
    /// The activation of the linear layer.
    public let activation: @Sendable (BertConfig) -> Activation
    /// The number of output features of the linear layer: the width of the word embeddings.
    let width: @Sendable (BertConfig) -> Int

    /// Creates the names of a head.
    public init(
        dense: String, norm: NormDesign, decoder: String, bias: String? = nil, decoderBias: Bool = true,
        denseBias: Bool = true, alwaysTied isAlwaysTied: Bool = false,
        activation: @escaping @Sendable (BertConfig) -> Activation = { $0.hiddenAct.function }
    ) {
        self.dense = dense
        self.norm = norm
        self.decoder = decoder
        self.bias = bias
        hasDecoderBias = decoderBias
        self.isAlwaysTied = isAlwaysTied
        hasDenseBias = denseBias
        self.activation = activation
        width = { $0.embeddingWidth }
    }

    /// The names of BERT's head.
    public static let bert = LanguageModelNames(
        dense: "cls.predictions.transform.dense", norm: "cls.predictions.transform.LayerNorm",
        decoder: "cls.predictions.decoder", bias: "cls.predictions.bias")
    /// The names of RoBERTa's head.
    public static let roberta = LanguageModelNames(
        dense: "lm_head.dense", norm: "lm_head.layer_norm", decoder: "lm_head.decoder", bias: "lm_head.bias",
        activation: { _ in .gelu })
}

/// A language modeling head, decoder(LayerNorm(act(dense(x)))) on every token, which computes a score for each token of
/// the vocabulary.
public struct LanguageModelHead: Sendable {
    private let names: LanguageModelNames
    private let dense: PreparedLinear
    private let activation: Activation
    private let norm: LayerNormWeights
    private let decoder: PreparedLinear

    /// Returns the parameters of the head.
    ///
    /// - Parameters:
    ///   - names: The names of the parameters.
    ///   - wordTable: The parameter that the decoder's weight is tied to.
    ///   - config: The configuration.
    public static func parameterSpecs(
        _ names: LanguageModelNames, wordTable: String, _ config: BertConfig
    ) -> [ParameterSpec] {
        let width = names.width(config)
        let bias = names.bias.map { [ParameterSpec($0, [config.vocabSize], .zeros)] } ?? []
        let decoderBias =
            names.hasDecoderBias
            ? [ParameterSpec("\(names.decoder).bias", [config.vocabSize], .zeros, tiedTo: names.bias)] : []
        return ParameterSpec.linear(names.dense, in: config.hiddenSize, out: width, bias: names.hasDenseBias)
            + ParameterSpec.layerNorm(names.norm, width) + bias + [
                ParameterSpec(
                    "\(names.decoder).weight", [config.vocabSize, width],
                    tiedTo: names.isAlwaysTied || config.tieWordEmbeddings ? wordTable : nil)
            ] + decoderBias
    }

    /// Creates the head from its weights.
    public init(_ loader: WeightLoader, _ names: LanguageModelNames, _ config: BertConfig) throws {
        self.names = names
        dense = try loader.linear(names.dense, bias: names.hasDenseBias)
        activation = names.activation(config)
        norm = try loader.layerNorm(names.norm, epsilon: config.layerNormEps)
        decoder = try loader.linear(names.decoder, bias: names.hasDecoderBias)
    }

    /// Returns the logits `[rows, vocabulary]`.
    public func callAsFunction(_ output: TrunkOutput) throws -> Tensor {
        try self(output.hidden(), on: output.backend)
    }

    /// Returns the logits for hidden states: `[rows, hidden]` → `[rows, vocabulary]`.
    func callAsFunction(_ hidden: Tensor, on backend: any ComputeBackend) throws -> Tensor {
        try backend.asCaller {
            let normalised = try OperationScope.with(names.dense, on: backend) {
                let transformed = try backend.linear(
                    hidden, dense, activation: .elementwise(activation), residual: nil)
                return try backend.layerNorm(transformed, residual: nil, norm)
            }
            return try OperationScope.with(names.decoder, on: backend) {
                try backend.linear(normalised, decoder, activation: nil, residual: nil)
            }
        }
    }
}

extension ModelDesign where Head == LanguageModelHead {
    /// Returns a design with a language modeling head.
    public static func languageModel(_ family: ModelFamily, _ names: LanguageModelNames) -> Self {
        languageModel(family) { _ in names }
    }

    /// Returns a design with a language modeling head whose names depend on the configuration.
    ///
    /// `names` throws an error if the checkpoint has no such head.
    public static func languageModel(
        _ family: ModelFamily, _ names: @escaping @Sendable (BertConfig) throws -> LanguageModelNames
    ) -> Self {
        ModelDesign(family) { config in
            LanguageModelHead.parameterSpecs(
                try names(config), wordTable: family.embeddings(config).wordName(family.prefix(config) + "."), config)
        } makeHead: {
            try LanguageModelHead($0, names($1), $1)
        }
    }
}
