public import BertCore

/// The states of a trunk other than its last hidden states, and the layout of its tokens in a padded batch.
public struct TrunkStates: Sendable {
    /// The input of every layer that ran, and the output of the last layer for sequences that didn't exit early.
    let hidden: [LayerStates]?
    /// The attention probabilities of every layer that ran, for the sequences that were active.
    let attention: [LayerStates]?
    let crossAttention: [LayerStates]?
    /// The packed sequences, without masked-out tokens.
    public let sequences: PackedSequences
    /// The conversion from packed results to padded arrays.
    public let layout: PaddedLayout

    /// The outputs of the embeddings and of every layer, `[tokens, hidden]` each; nil unless requested.
    ///
    /// In a model with early exit, they contain only the sequences that were active at that layer; see
    /// ``sequences(inHiddenState:)``.
    public var hiddenStates: [Tensor]? { hidden?.map(\.tensor) }
    /// The attention probabilities of every layer, the `[heads, query, key]` blocks of all sequences; nil unless
    /// requested.
    public var attentions: [Tensor]? { attention?.map(\.tensor) }
    /// The cross-attention probabilities of every layer; nil for a model without cross-attention.
    public var crossAttentions: [Tensor]? { crossAttention?.map(\.tensor) }

    /// Returns the indices in the batch of the sequences in a hidden state; empty if it doesn't exist.
    public func sequences(inHiddenState index: Int) -> [Int] {
        guard let hidden, hidden.indices.contains(index) else { return [] }
        return hidden[index].sequences
    }
}

/// A packed tensor of some sequences of a batch.
struct LayerStates: Sendable {
    let tensor: Tensor
    /// The indices of the sequences in the batch.
    let sequences: [Int]
}

/// The output of a model: task-specific results and the states of the trunk.
public protocol ModelOutput: Sendable {
    /// The hidden states, attentions and packed sequences.
    var states: TrunkStates { get }
}

extension ModelOutput {
    /// The outputs of the embeddings and of every layer, `[tokens, hidden]` each; nil unless requested.
    public var hiddenStates: [Tensor]? { states.hiddenStates }
    /// The attention probabilities of every layer, the `[heads, query, key]` blocks of all sequences; nil unless
    /// requested.
    public var attentions: [Tensor]? { states.attentions }
    /// The cross-attention probabilities of every layer; nil for a model without cross-attention.
    public var crossAttentions: [Tensor]? { states.crossAttentions }
    /// The packed sequences, without masked-out tokens.
    public var sequences: PackedSequences { states.sequences }
    /// The conversion from packed results to padded arrays.
    public var layout: PaddedLayout { states.layout }
}
