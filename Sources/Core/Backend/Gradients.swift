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
