import BertCore

/// Options for early exit.
public struct EarlyExitOptions: Sendable {
    /// The exit policy; nil to use the model's ``EarlyExitClassifier/exitRule``.
    public var policy: ExitPolicy?
    /// One policy per sequence, overriding ``policy``; nil entries use the checkpoint's own.
    public var policies: [ExitPolicy?]?
    /// A custom exit rule, used instead of a policy.
    public var rule: (any ExitRule)?
    /// Whether to return the outputs of every off-ramp that was reached.
    public var offRamps: Bool
    /// Whether all sequences exit together, at the first layer at which each of them may, as in the research code.
    public var together: Bool
    /// A closure that is called for each sequence when it exits at an off-ramp.
    ///
    /// Calls are serialized and run on the computing thread. Sequences that don't exit early are only in the output.
    public var onExit: (@Sendable (SequenceExit) -> Void)?

    /// Creates options. By default the sequences exit independently, with the model's rule.
    public init(
        policy: ExitPolicy? = nil, rule: (any ExitRule)? = nil, offRamps: Bool = false, together: Bool = false
    ) {
        self.policy = policy
        self.rule = rule
        self.offRamps = offRamps
        self.together = together
    }

    /// Returns the rule of each sequence.
    ///
    /// - Parameter own: Returns the model's rule. Called only if it is needed, so that an invalid rule doesn't affect
    ///   sequences with a different policy.
    /// - Throws: ``BertError`` with code `invalidArgument` if the number of policies is wrong or a policy is invalid
    ///   for the model.
    func rules(layers: Int, sequences: Int, own: () throws -> any ExitRule) throws -> [any ExitRule] {
        guard let policies else {
            return Array(repeating: try rule ?? policy?.rule(layers: layers) ?? own(), count: sequences)
        }
        guard policies.count == sequences else {
            throw BertError(
                .invalidArgument,
                "\(policies.count) exit policies for \(sequences) sequences; expected one per sequence",
                key: "policies", value: .int(policies.count), limit: .int(sequences))
        }
        let own = policies.contains(nil) ? try own() : nil
        return try policies.map { policy in
            if let policy { return try policy.rule(layers: layers) }
            return own ?? ExitDecision(.never)
        }
    }
}

/// A sequence that exited at an off-ramp.
public struct SequenceExit: Sendable, Hashable {
    /// The index of the sequence in the batch.
    public let sequence: Int
    /// The logits of the off-ramp, `[labels]`.
    public let logits: [Float]
    /// The layer after which the sequence exited, starting at 1.
    public let layer: Int
}
