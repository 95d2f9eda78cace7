/// What goes into a model: sequences of tokens, one after the other in flat arrays.
///
/// Sequences may have any lengths; a padded batch is one whose lengths are all the same and whose mask hides the padding.
/// The arguments are those of `transformers`' `forward`.
public struct ModelInput: Sendable {
    /// What each token is.
    public enum Words: Sendable {
        /// Indices into the vocabulary (`input_ids`).
        case ids([Int32])
        /// Vectors of `size` components (`inputs_embeds`).
        case vectors([Float], size: Int)
    }

    /// Which tokens can be attended to.
    public enum Mask: Sendable {
        /// For each token, whether any query sees it (`attention_mask` `[batch, sequence]`).
        case tokens([Bool])
        /// For each sequence in turn a block `[query, key]` (`attention_mask` `[batch, sequence, sequence]`).
        case pairs([Bool])
    }

    /// The tokens of all sequences.
    public var words: Words
    /// How many tokens each sequence has, hidden ones included.
    public var lengths: [Int]
    /// The type of each token (`token_type_ids`); 0 if nil.
    public var tokenTypes: [Int32]?
    /// The position of each token (`position_ids`); the model's own rule if nil.
    public var positions: [Int32]?
    /// Which tokens can be attended to; all if nil.
    public var mask: Mask?
    /// `[layers][heads]`: what attention probabilities are multiplied with (`head_mask`); pruned heads have none.
    public var headMask: [[Float]]?
    /// What a decoder attends to beside its own tokens (`encoder_hidden_states`, `encoder_attention_mask`).
    public var encoder: EncoderInput?

    /// Sequences of tokens, flat.
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

    /// The number of tokens of all sequences, hidden ones included.
    public var tokenCount: Int { lengths.reduce(0, +) }

    /// How many tokens of each sequence the mask lets be seen.
    var seenTokenCounts: [Int] {
        guard case .tokens(let seen) = mask, seen.count == tokenCount else { return lengths }
        var start = 0
        return lengths.map { length in
            defer { start += length }
            return seen[start..<start + length].count { $0 }
        }
    }

    /// Sequences of ids, of any lengths.
    public init(ids: [[Int32]], tokenTypes: [[Int32]]? = nil) {
        self.init(words: .ids(ids.flatMap { $0 }), lengths: ids.map(\.count), tokenTypes: tokenTypes?.flatMap { $0 })
    }
}
