/// A token that is found in a text before the text is split, for example `[MASK]`.
public struct AddedToken: Sendable, Hashable {
    /// The text of the token.
    public var content: String
    /// Its id.
    public var id: Int32
    /// Found only where no letter, digit or underscore is next to it.
    public var singleWord: Bool
    /// Includes the white space before it.
    public var stripsLeft: Bool
    /// Includes the white space after it.
    public var stripsRight: Bool
    /// Found in the normalised text rather than in the original.
    public var isNormalized: Bool
    /// Left out when special tokens are skipped in decoding.
    public var isSpecial: Bool
    /// Found only between white space or at the ends of the text, as `never_split` asks.
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
