/// The encoder states that a decoder attends to.
public struct EncoderInput: Sendable {
    /// The states of all tokens, `[tokens, hidden]` (`encoder_hidden_states`).
    public var states: [Float]
    /// The number of tokens in each sequence, including masked ones; as many sequences as in the decoder.
    public var lengths: [Int]
    /// Whether each token can be attended to (`encoder_attention_mask`); nil for all.
    public var mask: [Bool]?

    /// Creates encoder states.
    public init(states: [Float], lengths: [Int], mask: [Bool]? = nil) {
        self.states = states
        self.lengths = lengths
        self.mask = mask
    }
}
