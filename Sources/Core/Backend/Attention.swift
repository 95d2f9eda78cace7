/// Queries, keys and values of all heads, side by side in a row for each token.
public enum AttentionInput: Sendable {
    /// One `[tokens, 3 · heads · headSize]` tensor: queries, keys, values.
    case fused(Tensor)
    /// Three tensors `[query tokens, heads · headSize]`, `[key tokens, heads · headSize]` and
    /// `[key tokens, heads · valueSize]`.
    case separate(query: Tensor, key: Tensor, value: Tensor)
}

/// Everything about an attention call except the tokens.
///
/// With the distance d = place(j) − place(i) of query i and key j, after ``rotation``:
///
///     score(i, j) = scale · (qᵢ·kⱼ + qᵢ·K[d] + kⱼ·Q[d]) + distanceBias[head, d] + mask(i, j)
///
/// where K and Q are the tables of ``relative``. The probabilities are the softmax of a query's scores over the keys
/// within ``reach``, times ``headScale`` and after ``dropout``; the context is the sum of the values weighted by them.
public struct AttentionOptions: Sendable {
    /// Number of heads.
    public var heads: Int
    /// The factor on the scores: 1/√headSize in BERT.
    public var scale: Float
    /// Where the sequences lie among the query tokens.
    public var sequences: PackedSequences
    /// Where they lie among the key tokens; the same as `sequences` except in cross attention.
    public var keySequences: PackedSequences
    /// Added to the scores: for each sequence in turn its `[queries, keys]` block, in one flat tensor. The lowest finite
    /// number, or −∞, masks a key; a query whose keys are all masked attends to all of them alike.
    public var mask: Tensor?
    /// `[heads]`: the factor on each head's probabilities (`head_mask`).
    public var headScale: Tensor?
    /// The place of each query and key in its sequence; nil for its index there.
    public var places: AttentionPlaces?
    /// The greatest |distance| at which a query sees a key; nil for no limit. A key out of reach does not exist for the
    /// query: its probability is 0, and it is not among the keys that a query shares out when all are masked. A query
    /// with no key in reach gets zeros. 64 gives a window of 129 keys, 0 each query its own place alone.
    public var reach: Int?
    /// `[heads, 2R + 1]`: added to the scaled scores, column clamp(distance, ±R) + R.
    public var distanceBias: Tensor?
    /// Disentangled attention.
    public var relative: RelativeAttention?
    /// Rotary position embedding of queries and keys.
    public var rotation: Rotation?
    /// Which probabilities are dropped, in training; an element's place is that in ``AttentionOutput/probabilities``.
    public var dropout: Dropout?
    /// Whether to return the probabilities.
    public var returnsProbabilities: Bool

    /// Self attention over `sequences`, or cross attention if `keySequences` is given.
    public init(
        heads: Int, scale: Float, sequences: PackedSequences, keySequences: PackedSequences? = nil,
        mask: Tensor? = nil, headScale: Tensor? = nil, places: AttentionPlaces? = nil, reach: Int? = nil,
        distanceBias: Tensor? = nil, relative: RelativeAttention? = nil, rotation: Rotation? = nil,
        dropout: Dropout? = nil, returnsProbabilities: Bool = false
    ) {
        self.heads = heads
        self.scale = scale
        self.sequences = sequences
        self.keySequences = keySequences ?? sequences
        self.mask = mask
        self.headScale = headScale
        self.places = places
        self.reach = reach
        self.distanceBias = distanceBias
        self.relative = relative
        self.rotation = rotation
        self.dropout = dropout
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
