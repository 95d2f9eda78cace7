/// What a call of an operation returns.
public enum OperationResult: Sendable {
    /// Nothing: a download writes where its caller says.
    case nothing
    /// One tensor.
    case tensor(Tensor)
    /// Weights of a linear layer.
    case weights(PreparedLinear)
    /// A context, and probabilities if they were asked for.
    case attention(AttentionOutput)
}
