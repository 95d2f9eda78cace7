public import BertCore

/// A layer as data: attention, then a feed-forward block, each with a residual and a normalisation.
///
/// All names are relative to ``path``.
public struct LayerDesign: LayerRecipe {
    /// Where the normalisations stand.
    public enum NormOrder: Sendable, Hashable {
        /// y = LayerNorm(x + block(x)): BERT.
        case post
        /// y = x + block(LayerNorm(x)).
        case pre
    }

    public var path: String
    /// The row of a head mask that is this layer's.
    public var headMaskRow: Int
    /// Where the normalisations stand.
    public var normOrder: NormOrder
    /// The attention.
    public var attention: AttentionDesign
    /// Attention to an encoder's states between the two, in a decoder.
    public var crossAttention: AttentionDesign?
    /// The feed-forward block.
    public var feedForward: FeedForwardDesign

    /// A layer under `path`.
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

/// The names and sizes of an attention block.
public struct AttentionDesign: Sendable {
    /// How queries, keys and values are stored.
    public enum Projection: Sendable, Hashable {
        /// A linear layer each.
        case separate(query: String, key: String, value: String)
        /// One linear layer, whose rows are all queries, then all keys, then all values.
        case fused(String)
    }

    /// The linear layers from hidden states to queries, keys and values.
    public var projection: Projection
    /// The linear layer behind the attention.
    public var output: String
    /// The normalisation; nil for none.
    public var norm: NormDesign?
    /// The number of heads.
    public var heads: Int
    /// The features of a head.
    public var headSize: Int
    /// Whether the projections have biases.
    public var hasInputBias: Bool
    /// Whether the linear layer behind the attention has a bias.
    public var hasOutputBias: Bool
    /// The factor on the scores; 1/√headSize if nil.
    public var scale: Float?
    /// The greatest distance at which a token sees another; nil for any.
    public var reach: Int?
    /// How attention knows positions.
    public var positions: PositionScheme

    /// Describes an attention block.
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

/// The names and sizes of a feed-forward block.
public struct FeedForwardDesign: Sendable {
    /// What the block does before its second linear layer.
    public enum Inner: Sendable, Hashable {
        /// act(dense(x)).
        case plain(String)
        /// act(a) · b, where one linear layer of twice the width gives both: a first if `activatedFirst`, else b first.
        case gated(String, activatedFirst: Bool)
        /// act(gate(x)) · up(x).
        case gatedSplit(gate: String, up: String)
    }

    /// The first linear layer, or layers.
    public var inner: Inner
    /// The second linear layer.
    public var output: String
    /// The normalisation; nil for none.
    public var norm: NormDesign?
    /// The width between the two.
    public var size: Int
    /// The activation between the two.
    public var activation: Activation
    /// Whether the first linear layer has a bias.
    public var hasInnerBias: Bool
    /// Whether the second linear layer has a bias.
    public var hasOutputBias: Bool

    /// Describes a feed-forward block.
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
