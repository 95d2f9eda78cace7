/// The place of each token in its sequence: the column of the padded row, so that the distance of two tokens stays what it
/// was when masked tokens between them are dropped.
public struct AttentionPlaces: Sendable {
    /// int32 `[query tokens]`.
    public var queries: Tensor
    /// int32 `[key tokens]`.
    public var keys: Tensor

    /// Places of queries and keys, below 2²⁴ in magnitude.
    public init(queries: Tensor, keys: Tensor) {
        self.queries = queries
        self.keys = keys
    }

    /// Self attention: one list for both.
    public init(_ places: Tensor) { self.init(queries: places, keys: places) }
}

/// The tables of disentangled attention (He et al., "DeBERTa", 2021, section 3.1), of which there is at least one.
///
/// They are constants of a layer: project them when the model is loaded.
public struct RelativeAttention: Sendable {
    /// `[rows, heads · headSize]`: multiplied with queries ("c2p").
    public var keys: Tensor?
    /// `[rows, heads · headSize]`: multiplied with keys ("p2c").
    public var queries: Tensor?
    /// int32 `[2R + 1]`: the row of both tables for clamp(distance, ±R) + R.
    public var rows: Tensor

    /// Tables and the row for each distance.
    public init(keys: Tensor?, queries: Tensor?, rows: Tensor) {
        self.keys = keys
        self.queries = queries
        self.rows = rows
    }
}

/// Rotary position embedding (Su et al., "RoFormer", 2021) of the pairs (j, j + headSize/2), as `rotate_half` in
/// `transformers`:
///
///     x′[j]      = x[j] · cos[p, j] − x[j + h] · sin[p, j]
///     x′[j + h]  = x[j + h] · cos[p, j] + x[j] · sin[p, j]        h = headSize/2, j < h
public struct Rotation: Sendable {
    /// `[positions, headSize / 2]`.
    public var cosines: Tensor
    /// `[positions, headSize / 2]`.
    public var sines: Tensor
    /// The row p of the tables for each token (`position_ids`); nil for ``AttentionOptions/places``, and without those
    /// for the index in the sequence. They decide nothing else.
    public var positions: AttentionPlaces?

    /// Tables, and the row for each token.
    public init(cosines: Tensor, sines: Tensor, positions: AttentionPlaces? = nil) {
        self.cosines = cosines
        self.sines = sines
        self.positions = positions
    }
}

extension AttentionOptions {
    /// The row of the rotation's tables for each token; nil for the index in the sequence.
    public var rotationPositions: AttentionPlaces? { rotation?.positions ?? places }

    /// Whether nothing depends on where tokens stand.
    public var ignoresDistances: Bool {
        reach == nil && distanceBias == nil && relative == nil && rotation == nil
    }
}
