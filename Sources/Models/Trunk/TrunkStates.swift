public import BertCore

/// What a trunk gives beside its last hidden states, and where its tokens lie in a padded batch.
public struct TrunkStates: Sendable {
    /// The input of every layer that ran and, of sequences that left no earlier, the last one's output.
    let hidden: [LayerStates]?
    /// Of every layer that ran; for sequences that left, up to the layer that they left after.
    let attention: [LayerStates]?
    let crossAttention: [LayerStates]?
    /// Where each sequence lies among the tokens. Tokens that the mask hides are not there.
    public let sequences: PackedSequences
    /// Turns packed results into padded arrays.
    public let layout: PaddedLayout

    /// The embeddings' output and every layer's, `[tokens, hidden]` each; only if asked for.
    ///
    /// Of a model that sequences may leave early they hold the sequences that were still there: see
    /// ``sequences(inHiddenState:)``.
    public var hiddenStates: [Tensor]? { hidden?.map(\.tensor) }
    /// Every layer's probabilities: for each sequence in turn a block `[heads, query, key]`; only if asked for.
    public var attentions: [Tensor]? { attention?.map(\.tensor) }
    /// The same of the attention to an encoder's states; nil for a model without.
    public var crossAttentions: [Tensor]? { crossAttention?.map(\.tensor) }

    /// Which sequences of the batch a hidden state holds; none for one that isn't there.
    public func sequences(inHiddenState index: Int) -> [Int] {
        guard let hidden, hidden.indices.contains(index) else { return [] }
        return hidden[index].sequences
    }
}

/// A packed tensor over some sequences of a batch.
struct LayerStates: Sendable {
    let tensor: Tensor
    /// Their numbers in the batch.
    let sequences: [Int]
}

/// What every model gives: its own results, and its trunk's states.
public protocol ModelOutput: Sendable {
    /// Hidden states, attentions, and where tokens lie.
    var states: TrunkStates { get }
}

extension ModelOutput {
    /// The embeddings' output and every layer's, `[tokens, hidden]` each; only if asked for.
    public var hiddenStates: [Tensor]? { states.hiddenStates }
    /// Every layer's probabilities: for each sequence in turn a block `[heads, query, key]`; only if asked for.
    public var attentions: [Tensor]? { states.attentions }
    /// The same of the attention to an encoder's states; nil for a model without.
    public var crossAttentions: [Tensor]? { states.crossAttentions }
    /// Where each sequence lies among the tokens. Tokens that the mask hides are not there.
    public var sequences: PackedSequences { states.sequences }
    /// Turns packed results into padded arrays.
    public var layout: PaddedLayout { states.layout }
}
