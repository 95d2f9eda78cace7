/// The weights of a layer normalization over the last axis.
public struct LayerNormWeights: Sendable {
    /// γ, `[features]`.
    public let weight: Tensor
    /// β, `[features]`; nil means zeros.
    public let bias: Tensor?
    /// The epsilon added to the variance before the square root is taken.
    public let epsilon: Float

    /// Creates the weights of a layer normalization.
    public init(weight: Tensor, bias: Tensor?, epsilon: Float) {
        self.weight = weight
        self.bias = bias
        self.epsilon = epsilon
    }
}

/// The tables of an embedding layer. Not all model families have position and token type tables.
public struct EmbeddingTables: Sendable {
    /// `[vocabulary, features]`.
    public let word: Tensor
    /// `[positions, features]`.
    public let position: Tensor?
    /// `[types, features]`.
    public let tokenType: Tensor?
    /// The layer normalization of the sum.
    public let norm: LayerNormWeights

    /// Creates the tables of an embedding layer.
    public init(word: Tensor, position: Tensor?, tokenType: Tensor?, norm: LayerNormWeights) {
        self.word = word
        self.position = position
        self.tokenType = tokenType
        self.norm = norm
    }
}

/// The input of an embedding layer. All index tensors are int32 `[tokens]`.
public struct EmbeddingInput: Sendable {
    /// The tokens as indices into the word table or as vectors (`inputs_embeds`).
    public enum Words: Sendable {
        /// Indices `[tokens]`.
        case ids(Tensor)
        /// Vectors `[tokens, features]`.
        case vectors(Tensor)
    }
    /// The tokens.
    public var words: Words
    /// The position of each token; present if and only if there is a position table.
    public var positions: Tensor?
    /// The type of each token; present if and only if there is a token type table.
    public var tokenTypes: Tensor?

    /// Creates the input of an embedding layer.
    public init(words: Words, positions: Tensor? = nil, tokenTypes: Tensor? = nil) {
        self.words = words
        self.positions = positions
        self.tokenTypes = tokenTypes
    }
}
