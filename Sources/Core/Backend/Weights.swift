/// Gain, shift and epsilon of a layer normalisation over the last axis.
public struct LayerNormWeights: Sendable {
    /// γ, `[features]`.
    public let weight: Tensor
    /// β, `[features]`; nil for zeros.
    public let bias: Tensor?
    /// Added to the variance, inside the root.
    public let epsilon: Float

    /// Weights of one layer normalisation.
    public init(weight: Tensor, bias: Tensor?, epsilon: Float) {
        self.weight = weight
        self.bias = bias
        self.epsilon = epsilon
    }
}

/// The tables of an embedding layer; position and token type are optional, as not every family has them.
public struct EmbeddingTables: Sendable {
    /// `[vocabulary, features]`.
    public let word: Tensor
    /// `[positions, features]`.
    public let position: Tensor?
    /// `[types, features]`.
    public let tokenType: Tensor?
    /// Applied to the sum.
    public let norm: LayerNormWeights

    /// Tables of one embedding layer.
    public init(word: Tensor, position: Tensor?, tokenType: Tensor?, norm: LayerNormWeights) {
        self.word = word
        self.position = position
        self.tokenType = tokenType
        self.norm = norm
    }
}

/// What is looked up in the tables; every index tensor is int32 `[tokens]`.
public struct EmbeddingInput: Sendable {
    /// What each token is: an index into the word table, or its vector `[tokens, features]` (`inputs_embeds`).
    public enum Words: Sendable {
        /// Indices.
        case ids(Tensor)
        /// Vectors.
        case vectors(Tensor)
    }
    /// The tokens.
    public var words: Words
    /// Their positions; given if and only if there is a table of positions.
    public var positions: Tensor?
    /// Their types; given if and only if there is a table of types.
    public var tokenTypes: Tensor?

    /// Tokens to embed.
    public init(words: Words, positions: Tensor? = nil, tokenTypes: Tensor? = nil) {
        self.words = words
        self.positions = positions
        self.tokenTypes = tokenTypes
    }
}
