/// A token, or a run of tokens, with the label that it has. Its JSON is that of Hugging Face's token classification
/// pipeline.
public struct TokenEntity: Sendable, Hashable, Codable {
    /// The token's label, as the model has it; nil for a run of tokens.
    public let entity: String?
    /// The label of a run of tokens, without `B-` or `I-`; nil for a single token.
    public let entityGroup: String?
    /// Its probability.
    public var score: Double
    /// The token's place among all tokens of the text, special ones included; nil for a run of tokens.
    public let index: Int?
    /// The token, or the tokens joined to a text.
    public let word: String
    /// Where it begins in the text, in Unicode scalars.
    public let start: Int
    /// Where it ends in the text, in Unicode scalars: the place after its last.
    public let end: Int

    /// The label, whichever it is.
    public var label: String { entity ?? entityGroup ?? "" }

    private enum CodingKeys: String, CodingKey {
        case entity
        case entityGroup = "entity_group"
        case score, index, word, start, end
    }
}

/// How labelled tokens become entities; the names are Hugging Face's.
public enum EntityAggregation: String, Sendable, Hashable, CaseIterable {
    /// Every token stands alone.
    case none
    /// Neighbours of one kind are one entity; `B-` begins another.
    case simple
    /// As simple, on whole words, each of which has the label of its first token.
    case first
    /// As simple, on whole words, whose label is the best on average over its tokens.
    case average
    /// As simple, on whole words, each of which has the label of its surest token.
    case max
}
