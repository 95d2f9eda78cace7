/// The tokens of one text, without special tokens around them.
public struct TokenizedText: Sendable {
    var tokens: [Token]

    /// The number of tokens.
    public var count: Int { tokens.count }
    /// The tokens' ids.
    public var ids: [Int32] { tokens.map(\.id) }
}
