/// The position of each token within its sequence.
///
/// Positions are columns of the padded batch, so that dropping masked tokens doesn't change the distance between the
/// remaining ones.
public struct AttentionPlaces: Sendable {
    /// int32 `[query tokens]`.
    public var queries: Tensor
    /// int32 `[key tokens]`.
    public var keys: Tensor

    /// Creates positions of queries and keys. Their magnitudes must be below 2²⁴.
    public init(queries: Tensor, keys: Tensor) {
        self.queries = queries
        self.keys = keys
    }

    /// Creates positions for self-attention, shared by queries and keys.
    public init(_ places: Tensor) { self.init(queries: places, keys: places) }
}

/// The tables of disentangled attention (He et al., "DeBERTa", 2021, section 3.1).
///
/// At least one of the two tables must be present. They are constants of a layer: project them once, when the model is
/// loaded.
public struct RelativeAttention: Sendable {
    /// `[rows, heads · headSize]`; multiplied with queries ("c2p").
    public var keys: Tensor?
    /// `[rows, heads · headSize]`; multiplied with keys ("p2c").
    public var queries: Tensor?
    /// int32 `[2R + 1]`; the row of both tables for clamp(distance, ±R) + R.
    public var rows: Tensor

    /// Creates the tables and the mapping from distances to rows.
    public init(keys: Tensor?, queries: Tensor?, rows: Tensor) {
        self.keys = keys
        self.queries = queries
        self.rows = rows
    }
}

/// Rotary position embeddings (Su et al., "RoFormer", 2021) of the pairs (j, j + headSize/2), like `rotate_half` in
/// `transformers`:
///
///     x′[j]      = x[j] · cos[p, j] − x[j + h] · sin[p, j]
///     x′[j + h]  = x[j + h] · cos[p, j] + x[j] · sin[p, j]        h = headSize/2, j < h
public struct Rotation: Sendable {
    /// `[positions, headSize / 2]`.
    public var cosines: Tensor
    /// `[positions, headSize / 2]`.
    public var sines: Tensor
    /// The row p of the tables for each token (`position_ids`), used only for the rotation.
    ///
    /// nil means ``AttentionOptions/places`` or, without those, the index in the sequence.
    public var positions: AttentionPlaces?

    /// Creates a rotation from its tables and, optionally, the table row of each token.
    public init(cosines: Tensor, sines: Tensor, positions: AttentionPlaces? = nil) {
        self.cosines = cosines
        self.sines = sines
        self.positions = positions
    }
}

extension AttentionOptions {
    /// The row of the rotation tables for each token; nil means the index in the sequence.
    public var rotationPositions: AttentionPlaces? { rotation?.positions ?? places }
}
