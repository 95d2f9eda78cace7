/// How sequences leave an early-exit model, and what is told of the off-ramps.
public struct EarlyExitOptions: Sendable {
    /// When to leave; the checkpoint's own policy if nil.
    public var policy: ExitPolicy?
    /// A policy for each sequence, in place of ``policy``; where it is nil, the checkpoint's own.
    public var policies: [ExitPolicy?]?
    /// Whether to give what every off-ramp passed said.
    public var offRamps: Bool
    /// Whether sequences wait for each other, as in the research code: all leave at the first layer at which each may.
    public var together: Bool
    /// Called for each sequence that leaves by an off-ramp, as soon as it does, one call at a time, on the thread that
    /// computes; the sequences that go all the way are in the output alone.
    public var onExit: (@Sendable (SequenceExit) -> Void)?

    /// By default every sequence leaves on its own, by the checkpoint's policy.
    public init(policy: ExitPolicy? = nil, offRamps: Bool = false, together: Bool = false) {
        self.policy = policy
        self.offRamps = offRamps
        self.together = together
    }
}

/// A sequence that left by an off-ramp.
public struct SequenceExit: Sendable, Hashable {
    /// Its index in the batch.
    public let sequence: Int
    /// The off-ramp's logits, `[labels]`.
    public let logits: [Float]
    /// The layer after which it left, counted from 1.
    public let layer: Int
}
