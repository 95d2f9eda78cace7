/// What the off-ramps of a model and its own head say of one text that goes all the way.
public struct OffRampPassage: Sendable, Hashable {
    /// The logits of each off-ramp, `[layers][labels]`.
    public let offRamps: [[Float]]
    /// The logits of the model's own head, `[labels]`.
    public let logits: [Float]
    /// How many tokens the text has, special ones included.
    public let tokens: Int
}
