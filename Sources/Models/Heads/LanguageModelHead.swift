public import BertCore

/// What a family calls the parameters of its language model head, and what differs in it.
public struct LanguageModelNames: Sendable {
    /// The linear layer before the decoder.
    public let dense: String
    /// The normalisation behind it.
    public let norm: NormDesign
    /// The layer that scores the vocabulary; its weight is the table of words, unless `tie_word_embeddings` is false.
    public let decoder: String
    /// Another name of the decoder's bias, which both have the values of.
    public let bias: String?
    /// Whether the decoder's weight is the table of words whatever `tie_word_embeddings` says.
    public let isAlwaysTied: Bool
    /// Whether the decoder has a bias.
    public let hasDecoderBias: Bool
    /// Whether the linear layer has a bias.
    public let hasDenseBias: Bool
    /// The activation behind the linear layer.
    public let activation: @Sendable (BertConfig) -> Activation
    /// How many features the linear layer gives: those of the table of words.
    let width: @Sendable (BertConfig) -> Int

    /// Names the parameters.
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

    /// BERT's.
    public static let bert = LanguageModelNames(
        dense: "cls.predictions.transform.dense", norm: "cls.predictions.transform.LayerNorm",
        decoder: "cls.predictions.decoder", bias: "cls.predictions.bias")
    /// RoBERTa's.
    public static let roberta = LanguageModelNames(
        dense: "lm_head.dense", norm: "lm_head.layer_norm", decoder: "lm_head.decoder", bias: "lm_head.bias",
        activation: { _ in .gelu })
}

/// decoder(LayerNorm(act(dense(x)))) on every token: a score for each word of the vocabulary.
public struct LanguageModelHead: Sendable {
    private let names: LanguageModelNames
    private let dense: PreparedLinear
    private let activation: Activation
    private let norm: LayerNormWeights
    private let decoder: PreparedLinear

    /// The parameters of the head.
    ///
    /// - Parameters:
    ///   - names: the names of the head's parameters.
    ///   - wordTable: the parameter that the decoder's weight is tied to.
    ///   - config: the configuration.
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

    /// The head with its weights.
    public init(_ loader: WeightLoader, _ names: LanguageModelNames, _ config: BertConfig) throws {
        self.names = names
        dense = try loader.linear(names.dense, bias: names.hasDenseBias)
        activation = names.activation(config)
        norm = try loader.layerNorm(names.norm, epsilon: config.layerNormEps)
        decoder = try loader.linear(names.decoder, bias: names.hasDecoderBias)
    }

    /// `[rows, vocabulary]`.
    public func callAsFunction(_ output: TrunkOutput) throws -> Tensor {
        try self(output.hidden(), on: output.backend)
    }

    /// Hidden states `[rows, hidden]` → `[rows, vocabulary]`.
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
    /// A trunk with a language model head.
    public static func languageModel(_ family: ModelFamily, _ names: LanguageModelNames) -> Self {
        languageModel(family) { _ in names }
    }

    /// A trunk with a language model head whose names depend on the configuration; `names` throws for a checkpoint that has no
    /// such head.
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
