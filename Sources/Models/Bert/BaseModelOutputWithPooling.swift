public import BertCore

/// What an encoder without a head gives, over packed tokens.
public struct BaseModelOutputWithPooling: Sendable {
    /// The last layer's output, `[tokens, hidden]`.
    public let lastHiddenState: Tensor
    /// tanh(dense(first token)) of each sequence, `[sequences, hidden]`; nil for a model without a pooler.
    public let poolerOutput: Tensor?
    /// The embeddings' output and every layer's, `[tokens, hidden]` each; only if asked for.
    public let hiddenStates: [Tensor]?
    /// Every layer's probabilities: for each sequence in turn a block `[heads, query, key]`; only if asked for.
    public let attentions: [Tensor]?
    /// Where each sequence lies among the tokens. Tokens that the mask hides are not there.
    public let sequences: PackedSequences
    /// Turns packed results into padded arrays.
    public let layout: PaddedLayout
}
