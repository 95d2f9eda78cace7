public import BertCore

/// A description of a layer: attention followed by a feed-forward block, each with a residual connection and a
/// normalization.
///
/// All names are relative to ``path``.
public struct LayerDesign: LayerRecipe {
    /// The order of normalizations and blocks.
    public enum NormOrder: Sendable, Hashable {
        /// Post-norm: y = LayerNorm(x + block(x)), as in BERT.
        case post
        /// Pre-norm: y = x + block(LayerNorm(x)).
        case pre
    }

    public var path: String
    /// The row of this layer in a head mask.
    public var headMaskRow: Int
    /// The order of normalizations and blocks.
    public var normOrder: NormOrder
    /// The attention block.
    public var attention: AttentionDesign
    /// The cross-attention block of a decoder, between attention and feed-forward block.
    public var crossAttention: AttentionDesign?
    /// The feed-forward block.
    public var feedForward: FeedForwardDesign

    /// Creates a description of a layer.
    public init(
        _ path: String, headMaskRow: Int, normOrder: NormOrder = .post, attention: AttentionDesign,
        crossAttention: AttentionDesign? = nil, feedForward: FeedForwardDesign
    ) {
        self.path = path
        self.headMaskRow = headMaskRow
        self.normOrder = normOrder
        self.attention = attention
        self.crossAttention = crossAttention
        self.feedForward = feedForward
    }

    public var usesPlaces: Bool {
        if case .none = attention.positions { return attention.reach != nil }
        return true
    }

    public var residualOutputs: [String] {
        [attention.output, crossAttention?.output, feedForward.output].compactMap { $0.map { "\(path).\($0)" } }
    }

    public func parameterSpecs(_ prefix: String, _ config: BertConfig) -> [ParameterSpec] {
        let path = prefix + self.path + "."
        let tables: [ParameterSpec] =
            switch attention.positions {
            case .none, .rotary: []
            case .distanceBias(let design): design.parameterSpecs(prefix)
            case .relative(let design): design.parameterSpecs(prefix, path)
            }
        return attention.parameterSpecs(path, hidden: config.hiddenSize) + tables
            + (crossAttention?.parameterSpecs(path, hidden: config.hiddenSize) ?? [])
            + feedForward.parameterSpecs(path, hidden: config.hiddenSize)
    }

    public func load(_ loader: WeightLoader, _ prefix: String, _ config: BertConfig) throws -> any TrunkLayer {
        try DesignedLayer(self, loader, prefix: prefix, epsilon: config.layerNormEps)
    }
}

/// A description of an attention block.
public struct AttentionDesign: Sendable {
    /// The storage of the projections to queries, keys and values.
    public enum Projection: Sendable, Hashable {
        /// Three linear layers.
        case separate(query: String, key: String, value: String)
        /// One linear layer, whose rows are all queries, followed by all keys and all values.
        case fused(String)
    }

    /// The linear layers from hidden states to queries, keys and values.
    public var projection: Projection
    /// The output layer.
    public var output: String
    /// The normalization; nil for none.
    public var norm: NormDesign?
    /// The number of heads.
    public var heads: Int
    /// The number of features per head.
    public var headSize: Int
    /// Whether the projections have biases.
    public var hasInputBias: Bool
    /// Whether the output layer has a bias.
    public var hasOutputBias: Bool
    /// The factor applied to the scores; nil for 1/√headSize.
    public var scale: Float?
    /// The greatest distance at which a token attends to another one; nil for no limit.
    public var reach: Int?
    /// The position scheme.
    public var positions: PositionScheme
    /// Whether masked-out tokens that are computed attend to all tokens equally, with constant probabilities. In
    /// training, their gradients don't reach queries and keys.
    var maskedTokensAverage = false

    /// Creates a description of an attention block.
    public init(
        _ projection: Projection, output: String, norm: NormDesign?, heads: Int, headSize: Int,
        inputBias: Bool = true, outputBias: Bool = true, scale: Float? = nil, reach: Int? = nil,
        positions: PositionScheme = .none
    ) {
        self.scale = scale
        self.reach = reach
        self.positions = positions
        self.projection = projection
        self.output = output
        self.norm = norm
        self.heads = heads
        self.headSize = headSize
        hasInputBias = inputBias
        hasOutputBias = outputBias
    }

    /// The names of the linear layers from hidden states to queries, keys and values.
    var inputs: [String] {
        switch projection {
        case .separate(let query, let key, let value): [query, key, value]
        case .fused(let name): [name]
        }
    }

    func parameterSpecs(_ path: String, hidden: Int) -> [ParameterSpec] {
        let width = heads * headSize
        return inputs.flatMap {
            ParameterSpec.linear(path + $0, in: hidden, out: 3 * width / inputs.count, bias: hasInputBias)
        }
            + ParameterSpec.linear(path + output, in: width, out: hidden, bias: hasOutputBias)
            + (norm.map { ParameterSpec.layerNorm($0.under(path), hidden) } ?? [])
    }
}

/// A description of a feed-forward block.
public struct FeedForwardDesign: Sendable {
    /// The first part of the block, before the output layer.
    public enum Inner: Sendable, Hashable {
        /// act(dense(x)).
        case plain(String)
        /// act(a) · b, where a and b are the halves of one linear layer: a first if `activatedFirst`, otherwise b
        /// first.
        case gated(String, activatedFirst: Bool)
        /// act(gate(x)) · up(x).
        case gatedSplit(gate: String, up: String)
    }

    /// The first linear layer or layers.
    public var inner: Inner
    /// The output layer.
    public var output: String
    /// The normalization; nil for none.
    public var norm: NormDesign?
    /// The intermediate size.
    public var size: Int
    /// The activation.
    public var activation: Activation
    /// Whether the first linear layer has a bias.
    public var hasInnerBias: Bool
    /// Whether the output layer has a bias.
    public var hasOutputBias: Bool

    /// Creates a description of a feed-forward block.
    public init(
        _ inner: Inner, output: String, norm: NormDesign?, size: Int, activation: Activation, innerBias: Bool = true,
        outputBias: Bool = true
    ) {
        self.inner = inner
        self.output = output
        self.norm = norm
        self.size = size
        self.activation = activation
        hasInnerBias = innerBias
        hasOutputBias = outputBias
    }

    func parameterSpecs(_ path: String, hidden: Int) -> [ParameterSpec] {
        let innerSpecs =
            switch inner {
            case .plain(let name): ParameterSpec.linear(path + name, in: hidden, out: size, bias: hasInnerBias)
            case .gated(let name, _): ParameterSpec.linear(path + name, in: hidden, out: 2 * size, bias: hasInnerBias)
            case .gatedSplit(let gate, let up):
                [gate, up].flatMap { ParameterSpec.linear(path + $0, in: hidden, out: size, bias: hasInnerBias) }
            }
        return innerSpecs + ParameterSpec.linear(path + output, in: size, out: hidden, bias: hasOutputBias)
            + (norm.map { ParameterSpec.layerNorm($0.under(path), hidden) } ?? [])
    }
}
