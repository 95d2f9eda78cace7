/// The outputs of all off-ramps and of the final classifier for one text, without early exit.
public struct OffRampPassage: Sendable, Hashable {
    /// The logits of each off-ramp, `[layers][labels]`.
    public let offRamps: [[Float]]
    /// The logits of the final classifier, `[labels]`.
    public let logits: [Float]
    /// The number of tokens in the text, including special tokens.
    public let tokens: Int
}
