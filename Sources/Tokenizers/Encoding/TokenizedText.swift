/// The tokens of one text, before special tokens are added.
public struct TokenizedText: Sendable {
    var tokens: [Token]
    /// By index: the bytes of a token at the start of an encoding, where they differ.
    var rangesAsFirst: [Int: Range<UInt32>] = [:]

    /// The number of tokens.
    public var count: Int { tokens.count }
    /// The tokens' ids.
    public var ids: [Int32] { tokens.map(\.id) }

    /// The tokens at these places, as an encoding gets them.
    func window(_ range: Range<Int>) -> ArraySlice<Token> {
        var window = tokens[range]
        if let first = rangesAsFirst[range.lowerBound], !range.isEmpty {
            window[range.lowerBound].start = first.lowerBound
            window[range.lowerBound].end = first.upperBound
        }
        return window
    }
}
