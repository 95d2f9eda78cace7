/// What the gradient of a linear layer's result becomes for its weights.
public struct LinearGradient: Sendable {
    /// `[out, in]`.
    public let weight: Tensor
    /// `[out]`; nil for a layer without a bias.
    public let bias: Tensor?

    /// Called by backends.
    public init(weight: Tensor, bias: Tensor?) {
        self.weight = weight
        self.bias = bias
    }
}

/// What the gradient of a layer normalisation's result becomes for what it was computed from.
public struct LayerNormGradient: Sendable {
    /// Of the input, and of the residual, which was added to it.
    public let input: Tensor
    /// `[features]`.
    public let weight: Tensor
    /// `[features]`; nil for a layer without a bias.
    public let bias: Tensor?

    /// Called by backends.
    public init(input: Tensor, weight: Tensor, bias: Tensor?) {
        self.input = input
        self.weight = weight
        self.bias = bias
    }
}

/// What the gradient of attention's context becomes for its operands.
public struct AttentionGradient: Sendable {
    /// Of queries, keys and values, in the form in which they came.
    public let input: AttentionInput
    /// `[heads, 2R + 1]`, as ``AttentionOptions/distanceBias``; nil without one.
    public let distanceBias: Tensor?
    /// `[rows, heads · headSize]`, as ``RelativeAttention/keys``; nil without one.
    public let relativeKeys: Tensor?
    /// `[rows, heads · headSize]`, as ``RelativeAttention/queries``; nil without one.
    public let relativeQueries: Tensor?

    /// Called by backends.
    public init(
        input: AttentionInput, distanceBias: Tensor? = nil, relativeKeys: Tensor? = nil, relativeQueries: Tensor? = nil
    ) {
        self.input = input
        self.distanceBias = distanceBias
        self.relativeKeys = relativeKeys
        self.relativeQueries = relativeQueries
    }

    /// All of them, by name.
    var tensors: [(String, Tensor?)] {
        let inputs: [(String, Tensor?)] =
            switch input {
            case .fused(let qkv): [("input", qkv)]
            case .separate(let query, let key, let value): [("query", query), ("key", key), ("value", value)]
            }
        return inputs + [
            ("distance bias", distanceBias), ("relative keys", relativeKeys), ("relative queries", relativeQueries),
        ]
    }
}
