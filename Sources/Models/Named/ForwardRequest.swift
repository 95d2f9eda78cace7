/// A forward call with the input and output names of Python, for any model class.
public struct ForwardRequest: Sendable {
    /// The arguments of `forward`: `input_ids`, `attention_mask`, ….
    public var inputs: [NamedTensor]
    /// Whether to return `hidden_states.i`; nil to use the value in `config.json`.
    public var hiddenStates: Bool?
    /// Whether to return `attentions.i` and `cross_attentions.i`; nil to use the value in `config.json`.
    public var attentions: Bool?
    /// The policy of an early-exit model; nil to use the checkpoint's own.
    public var policy: ExitPolicy?

    /// Creates a request.
    public init(
        _ inputs: [NamedTensor], hiddenStates: Bool? = nil, attentions: Bool? = nil, policy: ExitPolicy? = nil
    ) {
        self.inputs = inputs
        self.hiddenStates = hiddenStates
        self.attentions = attentions
        self.policy = policy
    }

    /// The options of the call. Masked tokens are computed, as in Python, because the results are padded.
    package var options: ForwardOptions {
        ForwardOptions(hiddenStates: hiddenStates, attentions: attentions, maskedTokens: true)
    }
}
