/// Queries, keys and values of all heads, side by side in a row for each token.
public enum AttentionInput: Sendable {
    /// One `[tokens, 3 · heads · headSize]` tensor: queries, keys, values.
    case fused(Tensor)
    /// Three tensors `[query tokens, heads · headSize]`, `[key tokens, heads · headSize]` and
    /// `[key tokens, heads · valueSize]`.
    case separate(query: Tensor, key: Tensor, value: Tensor)
}

/// Everything about an attention call but the tokens.
public struct AttentionOptions: Sendable {
    /// Number of heads.
    public var heads: Int
    /// What scores are multiplied with: 1/√headSize in BERT.
    public var scale: Float
    /// Where the sequences lie among the query tokens.
    public var sequences: PackedSequences
    /// Where they lie among the key tokens; the same as `sequences` unless this is cross attention.
    public var keySequences: PackedSequences
    /// Added to the scores: for each sequence in turn its `[queries, keys]` block, in one flat tensor. The lowest finite
    /// number, or −∞, hides a key; a query with every key hidden attends to all of them alike.
    public var mask: Tensor?
    /// `[heads]`: what each head's probabilities are multiplied with (`head_mask`).
    public var headScale: Tensor?
    /// Whether to give the probabilities back.
    public var returnsProbabilities: Bool

    /// Self attention over `sequences`, or cross attention if `keySequences` is given.
    public init(
        heads: Int, scale: Float, sequences: PackedSequences, keySequences: PackedSequences? = nil,
        mask: Tensor? = nil, headScale: Tensor? = nil, returnsProbabilities: Bool = false
    ) {
        self.heads = heads
        self.scale = scale
        self.sequences = sequences
        self.keySequences = keySequences ?? sequences
        self.mask = mask
        self.headScale = headScale
        self.returnsProbabilities = returnsProbabilities
    }

    /// The number of scores of one head over all sequences: Σ queries · keys.
    public var scoreCount: Int {
        (0..<sequences.count).reduce(0) { $0 + sequences[$1].count * keySequences[$1].count }
    }
}

/// What attention gives.
public struct AttentionOutput: Sendable {
    /// `[query tokens, heads · valueSize]`.
    public let context: Tensor
    /// For each sequence in turn its `[heads, queries, keys]` block, in one flat tensor; only if asked for.
    public let probabilities: Tensor?

    /// Called by backends.
    public init(context: Tensor, probabilities: Tensor?) {
        self.context = context
        self.probabilities = probabilities
    }
}
