public import BertCore

/// A head that can answer after every layer: what an ``EarlyExitClassifier`` needs on its trunk.
public protocol OffRampHead: Sendable {
    /// What the off-ramp after a layer, counted from 0, says of sequences whose first tokens' hidden states these are,
    /// `[sequences, hidden]`.
    func offRamp(after layer: Int, _ firstTokens: Tensor, on backend: any ComputeBackend) throws -> OffRampAnswer
    /// The same of sequences that went through all layers and took no off-ramp.
    func final(_ firstTokens: Tensor, on backend: any ComputeBackend) throws -> OffRampAnswer
    /// What an off-ramp says in training, some of what it reads left out; what it says otherwise unless a head does better.
    func offRamp(
        after layer: Int, _ firstTokens: Tensor, on backend: any ComputeBackend, dropout: PartDropout?
    ) throws -> OffRampAnswer
    /// The same of sequences that went through all layers.
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

/// What an off-ramp gives.
public struct OffRampAnswer: Sendable {
    /// What its classifier reads, `[sequences, features]`.
    public var pooled: Tensor
    /// `[sequences, labels]`, before the softmax.
    public var logits: Tensor

    /// An answer.
    public init(pooled: Tensor, logits: Tensor) {
        self.pooled = pooled
        self.logits = logits
    }
}
