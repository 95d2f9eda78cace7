/// The input of a model: sequences of tokens, concatenated in flat arrays.
///
/// Sequences may have different lengths. In a padded batch, all lengths are equal and the mask excludes the padding.
/// The arguments correspond to those of `forward` in `transformers`.
public struct ModelInput: Sendable {
    /// The tokens.
    public enum Words: Sendable {
        /// Token ids (`input_ids`).
        case ids([Int32])
        /// Vectors of `size` components (`inputs_embeds`).
        case vectors([Float], size: Int)
    }

    /// An attention mask.
    public enum Mask: Sendable {
        /// Whether each token can be attended to (`attention_mask` `[batch, sequence]`).
        case tokens([Bool])
        /// The `[query, key]` blocks of all sequences (`attention_mask` `[batch, sequence, sequence]`).
        case pairs([Bool])
    }

    /// The tokens of all sequences.
    public var words: Words
    /// The number of tokens in each sequence, including masked ones.
    public var lengths: [Int]
    /// The type of each token (`token_type_ids`); nil for all 0.
    public var tokenTypes: [Int32]?
    /// The position of each token (`position_ids`); nil for the positions of the model's rule.
    public var positions: [Int32]?
    /// The attention mask; nil if all tokens can be attended to.
    public var mask: Mask?
    /// `[layers][heads]`; the factors applied to attention probabilities (`head_mask`), without pruned heads.
    public var headMask: [[Float]]?
    /// The encoder states for a decoder's cross-attention (`encoder_hidden_states`, `encoder_attention_mask`).
    public var encoder: EncoderInput?

    /// Creates an input from flat arrays.
    public init(
        words: Words, lengths: [Int], tokenTypes: [Int32]? = nil, positions: [Int32]? = nil, mask: Mask? = nil,
        headMask: [[Float]]? = nil, encoder: EncoderInput? = nil
    ) {
        self.words = words
        self.lengths = lengths
        self.tokenTypes = tokenTypes
        self.positions = positions
        self.mask = mask
        self.headMask = headMask
        self.encoder = encoder
    }

    /// The total number of tokens, including masked ones.
    public var tokenCount: Int { lengths.reduce(0, +) }

    /// The number of unmasked tokens in each sequence.
    var seenTokenCounts: [Int] {
        guard case .tokens(let seen) = mask, seen.count == tokenCount else { return lengths }
        var start = 0
        return lengths.map { length in
            defer { start += length }
            return seen[start..<start + length].count { $0 }
        }
    }

    /// Creates an input from sequences of token ids with any lengths.
    public init(ids: [[Int32]], tokenTypes: [[Int32]]? = nil) {
        self.init(words: .ids(ids.flatMap { $0 }), lengths: ids.map(\.count), tokenTypes: tokenTypes?.flatMap { $0 })
    }
}
