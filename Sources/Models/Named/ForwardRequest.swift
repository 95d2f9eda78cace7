/// A call of a model with inputs and outputs by Python's names, whatever its class.
public struct ForwardRequest: Sendable {
    /// The arguments of `forward`: `input_ids`, `attention_mask`, ….
    public var inputs: [NamedTensor]
    /// Whether to give `hidden_states.i`; as `config.json` says if nil.
    public var hiddenStates: Bool?
    /// Whether to give `attentions.i` and `cross_attentions.i`; as `config.json` says if nil.
    public var attentions: Bool?
    /// When sequences leave an early-exit model; the checkpoint's own policy if nil.
    public var policy: ExitPolicy?

    /// A call with these inputs.
    public init(
        _ inputs: [NamedTensor], hiddenStates: Bool? = nil, attentions: Bool? = nil, policy: ExitPolicy? = nil
    ) {
        self.inputs = inputs
        self.hiddenStates = hiddenStates
        self.attentions = attentions
        self.policy = policy
    }

    /// Padded results are Python's, so hidden tokens are computed as there.
    package var options: ForwardOptions {
        ForwardOptions(hiddenStates: hiddenStates, attentions: attentions, maskedTokens: true)
    }
}
