public import BertCore

/// A head with an off-ramp after every layer, as required by ``EarlyExitClassifier``.
public protocol OffRampHead: Sendable {
    /// Computes the off-ramp after a layer, starting at 0, from the hidden states of the first tokens, `[sequences,
    /// hidden]`, after the trunk's final normalization if there is one.
    func offRamp(after layer: Int, _ firstTokens: Tensor, on backend: any ComputeBackend) throws -> OffRampAnswer
    /// Computes the final output of sequences that didn't exit early.
    func final(_ firstTokens: Tensor, on backend: any ComputeBackend) throws -> OffRampAnswer
    /// Computes an off-ramp in training, with dropout. By default, dropout is ignored.
    func offRamp(
        after layer: Int, _ firstTokens: Tensor, on backend: any ComputeBackend, dropout: PartDropout?
    ) throws -> OffRampAnswer
    /// Computes the final output in training, with dropout.
    func final(
        _ firstTokens: Tensor, on backend: any ComputeBackend, dropout: PartDropout?
    ) throws -> OffRampAnswer
}

extension OffRampHead {
    public func offRamp(
        after layer: Int, _ firstTokens: Tensor, on backend: any ComputeBackend, dropout: PartDropout?
    ) throws -> OffRampAnswer {
        try offRamp(after: layer, firstTokens, on: backend)
    }

    public func final(
        _ firstTokens: Tensor, on backend: any ComputeBackend, dropout: PartDropout?
    ) throws -> OffRampAnswer {
        try final(firstTokens, on: backend)
    }
}

/// The output of an off-ramp.
public struct OffRampAnswer: Sendable {
    /// The input of the classifier, `[sequences, features]`.
    public var pooled: Tensor
    /// The logits, `[sequences, labels]`.
    public var logits: Tensor

    /// Creates an output.
    public init(pooled: Tensor, logits: Tensor) {
        self.pooled = pooled
        self.logits = logits
    }
}
