/// A token that is looked for in the text before anything else is done to it, for example `[MASK]`.
public struct AddedToken: Sendable, Hashable {
    /// The text of the token.
    public var content: String
    /// Its id.
    public var id: Int32
    /// Only found where no letter, digit or underscore stands next to it.
    public var singleWord: Bool
    /// Takes the white space before it with it.
    public var stripsLeft: Bool
    /// Takes the white space after it with it.
    public var stripsRight: Bool
    /// Looked for in the normalised text rather than in the text as it was given.
    public var isNormalized: Bool
    /// Left out when special tokens are skipped in decoding.
    public var isSpecial: Bool
    /// Only found where white space, or an end of the text, stands on both sides: what `never_split` asks for.
    public var isWhitespaceDelimited: Bool

    /// Makes an added token, by default a special one as BERT has them.
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
