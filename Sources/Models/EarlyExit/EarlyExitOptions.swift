import BertCore

/// How sequences leave an early-exit model, and what is told of the off-ramps.
public struct EarlyExitOptions: Sendable {
    /// When to leave; the model's own ``EarlyExitClassifier/exitRule`` if nil.
    public var policy: ExitPolicy?
    /// A policy for each sequence, in place of ``policy``; where it is nil, the checkpoint's own.
    public var policies: [ExitPolicy?]?
    /// Another rule, in place of a policy.
    public var rule: (any ExitRule)?
    /// Whether to give what every off-ramp passed said.
    public var offRamps: Bool
    /// Whether sequences wait for each other, as in the research code: all leave at the first layer at which each may.
    public var together: Bool
    /// Called for each sequence that leaves by an off-ramp, as soon as it does, one call at a time, on the thread that
    /// computes; the sequences that go all the way are in the output alone.
    public var onExit: (@Sendable (SequenceExit) -> Void)?

    /// By default every sequence leaves on its own, by the model's rule.
    public init(
        policy: ExitPolicy? = nil, rule: (any ExitRule)? = nil, offRamps: Bool = false, together: Bool = false
    ) {
        self.policy = policy
        self.rule = rule
        self.offRamps = offRamps
        self.together = together
    }

    /// Each sequence's rule.
    ///
    /// - Parameter own: the model's, which is asked only where it counts: a damaged one doesn't stop those that ask for another.
    /// - Throws: ``BertError`` with code `invalidArgument` for another number of policies, or one that the model can't have.
    func rules(layers: Int, sequences: Int, own: () throws -> any ExitRule) throws -> [any ExitRule] {
        guard let policies else {
            return Array(repeating: try rule ?? policy?.rule(layers: layers) ?? own(), count: sequences)
        }
        guard policies.count == sequences else {
            throw BertError(
                .invalidArgument, "\(policies.count) exit policies for \(sequences) sequences; give one for each",
                key: "policies", value: .int(policies.count), limit: .int(sequences))
        }
        let own = policies.contains(nil) ? try own() : nil
        return try policies.map { policy in
            if let policy { return try policy.rule(layers: layers) }
            return own ?? ExitDecision(.never)
        }
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
