/// The queries, keys and values of all heads, concatenated in one row per token.
public enum AttentionInput: Sendable {
    /// One tensor `[tokens, 3 · heads · headSize]`: queries, keys, values.
    case fused(Tensor)
    /// Three tensors: `[query tokens, heads · headSize]`, `[key tokens, heads · headSize]` and `[key tokens, heads ·
    /// valueSize]`.
    case separate(query: Tensor, key: Tensor, value: Tensor)
}

/// The context of a query whose keys are all masked.
public enum FullyMaskedRows: Sendable, Hashable {
    /// The mean of the values: all keys have the same probability.
    case uniform
    /// Zeros: all keys have the probability 0.
    case zeros
}

/// The parameters of an attention call.
///
/// With the distance d = place(j) − place(i) of query i and key j, and queries and keys rotated by ``rotation``:
///
///     score(i, j) = scale · (qᵢ·kⱼ + qᵢ·K[d] + kⱼ·Q[d]) + distanceBias[head, d] + mask(i, j)
///
/// K and Q are the tables of ``relative``. The probabilities are the softmax of a query's scores over the keys within
/// ``reach``, multiplied by ``headScale`` and ``dropout``. The context is the sum of the values weighted by the
/// probabilities.
public struct AttentionOptions: Sendable {
    /// The number of heads.
    public var heads: Int
    /// The factor applied to the scores; 1/√headSize in BERT.
    public var scale: Float
    /// The sequences of the query tokens.
    public var sequences: PackedSequences
    /// The sequences of the key tokens; the same as `sequences` except in cross-attention.
    public var keySequences: PackedSequences
    /// The attention mask, added to the scores: the `[queries, keys]` blocks of all sequences in one flat tensor.
    ///
    /// The lowest finite number or −∞ masks a key.
    public var mask: Tensor?
    /// The context of a query whose keys within ``reach`` are all masked.
    public var fullyMaskedRows: FullyMaskedRows
    /// `[heads]`; the factor applied to the probabilities of each head (`head_mask`).
    public var headScale: Tensor?
    /// The position of each query and key in its sequence; nil means its index there.
    public var places: AttentionPlaces?
    /// The greatest |distance| between a query and a key; nil for no limit.
    ///
    /// A key out of reach is ignored: its probability is 0, also if all keys in reach are masked. The context of a
    /// query without any key in reach is zero. A reach of 64 is a window of 129 keys; with 0 each query attends to its
    /// own position only.
    public var reach: Int?
    /// `[heads, 2R + 1]`; added to the scaled scores, column clamp(distance, ±R) + R.
    public var distanceBias: Tensor?
    /// The tables of disentangled attention.
    public var relative: RelativeAttention?
    /// The rotary position embedding of queries and keys.
    public var rotation: Rotation?
    /// The dropout of the probabilities, in training. The index of an element is its index in
    /// ``AttentionOutput/probabilities``.
    public var dropout: Dropout?
    /// Whether to return the probabilities.
    public var returnsProbabilities: Bool

    /// Creates the parameters of self-attention over `sequences`, or of cross-attention if `keySequences` is given.
    public init(
        heads: Int, scale: Float, sequences: PackedSequences, keySequences: PackedSequences? = nil,
        mask: Tensor? = nil, fullyMaskedRows: FullyMaskedRows = .uniform, headScale: Tensor? = nil,
        places: AttentionPlaces? = nil, reach: Int? = nil,
        distanceBias: Tensor? = nil, relative: RelativeAttention? = nil, rotation: Rotation? = nil,
        dropout: Dropout? = nil, returnsProbabilities: Bool = false
    ) {
        self.heads = heads
        self.scale = scale
        self.sequences = sequences
        self.keySequences = keySequences ?? sequences
        self.mask = mask
        self.fullyMaskedRows = fullyMaskedRows
        self.headScale = headScale
        self.places = places
        self.reach = reach
        self.distanceBias = distanceBias
        self.relative = relative
        self.rotation = rotation
        self.dropout = dropout
        self.returnsProbabilities = returnsProbabilities
    }

    /// The number of scores per head over all sequences: Σ queries · keys.
    public var scoreCount: Int {
        (0..<sequences.count).reduce(0) { $0 + sequences[$1].count * keySequences[$1].count }
    }
}

/// The result of an attention call.
public struct AttentionOutput: Sendable {
    /// `[query tokens, heads · valueSize]`.
    public let context: Tensor
    /// The `[heads, queries, keys]` blocks of all sequences in one flat tensor; nil unless requested.
    public let probabilities: Tensor?

    /// Creates a result; called by backends.
    public init(context: Tensor, probabilities: Tensor?) {
        self.context = context
        self.probabilities = probabilities
    }
}
