/// The gradients of the weights of a linear layer.
public struct LinearGradient: Sendable {
    /// `[out, in]`.
    public let weight: Tensor
    /// `[out]`; nil for a layer without a bias.
    public let bias: Tensor?

    /// Creates gradients; called by backends.
    public init(weight: Tensor, bias: Tensor?) {
        self.weight = weight
        self.bias = bias
    }
}

/// The gradients of the operands of a layer normalization.
public struct LayerNormGradient: Sendable {
    /// The gradient of the input and, equally, of the residual added to it.
    public let input: Tensor
    /// `[features]`.
    public let weight: Tensor
    /// `[features]`; nil for a layer without a bias.
    public let bias: Tensor?

    /// Creates gradients; called by backends.
    public init(input: Tensor, weight: Tensor, bias: Tensor?) {
        self.input = input
        self.weight = weight
        self.bias = bias
    }
}

/// The gradients of the operands of an attention call.
public struct AttentionGradient: Sendable {
    /// The gradients of queries, keys and values, in the form of the input.
    public let input: AttentionInput
    /// `[heads, 2R + 1]`, like ``AttentionOptions/distanceBias``; nil without one.
    public let distanceBias: Tensor?
    /// `[rows, heads · headSize]`, like ``RelativeAttention/keys``; nil without one.
    public let relativeKeys: Tensor?
    /// `[rows, heads · headSize]`, like ``RelativeAttention/queries``; nil without one.
    public let relativeQueries: Tensor?

    /// Creates gradients; called by backends.
    public init(
        input: AttentionInput, distanceBias: Tensor? = nil, relativeKeys: Tensor? = nil, relativeQueries: Tensor? = nil
    ) {
        self.input = input
        self.distanceBias = distanceBias
        self.relativeKeys = relativeKeys
        self.relativeQueries = relativeQueries
    }

    /// All gradients, by name.
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
