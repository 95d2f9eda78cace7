/// Decides when a sequence leaves a network early; each sequence of a batch has a copy of its own.
///
/// ``ExitPolicy`` has the rules of the literature. A model with another rule gives it as its
/// ``EarlyExitClassifier/exitRule``, or a caller as ``EarlyExitOptions/rule``.
public protocol ExitRule: Sendable {
    /// Is told how many tokens the sequence has, those that nobody sees left out, before its first layer. Does nothing
    /// unless a rule wants to know.
    mutating func begin(tokens: Int)
    /// Whether the off-ramp after a layer, counted from 0, has to be computed at all. True unless a rule says otherwise.
    func needsOffRamp(after layer: Int) -> Bool
    /// Whether the sequence leaves after a layer, counted from 0, whose off-ramp gives these logits, `[labels]`.
    mutating func leaves(after layer: Int, logits: [Float]) -> Bool
}

extension ExitRule {
    public mutating func begin(tokens: Int) {}
    public func needsOffRamp(after layer: Int) -> Bool { true }
}
