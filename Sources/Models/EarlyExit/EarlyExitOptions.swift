/// How sequences leave an early-exit model, and what is told of the off-ramps.
public struct EarlyExitOptions: Sendable {
    /// When to leave; the checkpoint's own policy if nil.
    public var policy: ExitPolicy?
    /// Whether to give what every off-ramp passed said.
    public var offRamps: Bool
    /// Whether sequences wait for each other, as in the research code: all leave at the first layer at which each may.
    public var together: Bool

    /// By default every sequence leaves on its own, by the checkpoint's policy.
    public init(policy: ExitPolicy? = nil, offRamps: Bool = false, together: Bool = false) {
        self.policy = policy
        self.offRamps = offRamps
        self.together = together
    }
}
