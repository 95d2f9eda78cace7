/// A token or group of tokens with its label. Its JSON has the format of Hugging Face's token classification pipeline.
public struct TokenEntity: Sendable, Hashable, Codable {
    /// The label of a single token, as in the model; nil for a group of tokens.
    public let entity: String?
    /// The label of a group of tokens, without `B-` or `I-`; nil for a single token.
    public let entityGroup: String?
    /// The probability.
    public var score: Double
    /// The index of the token in the text, including special tokens; nil for a group of tokens.
    public let index: Int?
    /// The token, or the text of a group of tokens.
    public let word: String
    /// The start in the text, in Unicode scalars.
    public let start: Int
    /// The end in the text, in Unicode scalars (exclusive).
    public let end: Int

    /// The label of the token or group.
    public var label: String { entity ?? entityGroup ?? "" }

    private enum CodingKeys: String, CodingKey {
        case entity
        case entityGroup = "entity_group"
        case score, index, word, start, end
    }
}

/// The aggregation of tokens into entities, with the names of Hugging Face's pipeline.
public enum EntityAggregation: String, Sendable, Hashable, CaseIterable {
    /// No aggregation.
    case none
    /// Adjacent tokens with the same label form one entity; `B-` starts a new one.
    case simple
    /// Like simple, but with whole words, which have the label of their first token.
    case first
    /// Like simple, but with whole words, which have the label with the highest average score.
    case average
    /// Like simple, but with whole words, which have the label of their token with the highest score.
    case max
}
