/// A rule that decides when a sequence exits the network. Each sequence of a batch has its own copy.
///
/// ``ExitPolicy`` implements the rules from the literature. Custom rules are set as the
/// ``EarlyExitClassifier/exitRule`` of a model or as ``EarlyExitOptions/rule``.
public protocol ExitRule: Sendable {
    /// Called before the first layer with the number of unmasked tokens in the sequence. Does nothing by default.
    mutating func begin(tokens: Int)
    /// Returns whether the off-ramp after a layer, starting at 0, must be computed. The default is true.
    func needsOffRamp(after layer: Int) -> Bool
    /// Returns whether the sequence may exit after a layer, starting at 0. The default is that of
    /// ``needsOffRamp(after:)``.
    ///
    /// If it returns true, the first token of the sequence is computed ahead of the others, which saves time if the
    /// sequence exits, and takes time otherwise.
    func mayLeave(after layer: Int) -> Bool
    /// Returns whether the sequence exits after a layer, starting at 0, with the logits `[labels]` of its off-ramp.
    mutating func leaves(after layer: Int, logits: [Float]) -> Bool
}

extension ExitRule {
    public mutating func begin(tokens: Int) {}
    public func needsOffRamp(after layer: Int) -> Bool { true }
    public func mayLeave(after layer: Int) -> Bool { needsOffRamp(after: layer) }
}
