/// A token that is matched in a text before the text is split, for example `[MASK]`.
public struct AddedToken: Sendable, Hashable {
    /// The text of the token.
    public var content: String
    /// The id of the token.
    public var id: Int32
    /// Whether the token is matched only if no letter, digit or underscore is adjacent.
    public var singleWord: Bool
    /// Whether the match includes the white space before it.
    public var stripsLeft: Bool
    /// Whether the match includes the white space after it.
    public var stripsRight: Bool
    /// Whether the token is matched in the normalized text instead of the original.
    public var isNormalized: Bool
    /// Whether decoding can skip the token.
    public var isSpecial: Bool
    /// Whether the token is matched only between white space or at the ends of the text, as for `never_split`.
    public var isWhitespaceDelimited: Bool

    /// Creates an added token. By default it is a special token with BERT's properties.
    public init(
        _ content: String, id: Int32, singleWord: Bool = false, stripsLeft: Bool = false, stripsRight: Bool = false,
        isNormalized: Bool = false, isSpecial: Bool = true, isWhitespaceDelimited: Bool = false
    ) {
        self.content = content
        self.id = id
        self.singleWord = singleWord
        self.stripsLeft = stripsLeft
        self.stripsRight = stripsRight
        self.isNormalized = isNormalized
        self.isSpecial = isSpecial
        self.isWhitespaceDelimited = isWhitespaceDelimited
    }
}
