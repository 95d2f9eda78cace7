/// The states of an encoder that a decoder attends to.
public struct EncoderInput: Sendable {
    /// The states, one after the other, `[tokens, hidden]` (`encoder_hidden_states`).
    public var states: [Float]
    /// How many tokens each sequence has, hidden ones included; as many sequences as the decoder's.
    public var lengths: [Int]
    /// For each token, whether it can be attended to (`encoder_attention_mask`); all if nil.
    public var mask: [Bool]?

    /// States of an encoder.
    public init(states: [Float], lengths: [Int], mask: [Bool]? = nil) {
        self.states = states
        self.lengths = lengths
        self.mask = mask
    }
}
