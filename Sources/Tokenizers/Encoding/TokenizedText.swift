/// The tokens of one text, without special tokens around them.
public struct TokenizedText: Sendable {
    var tokens: [Token]
    /// By place: the bytes that a token stands for if an encoding begins with it, where those are others.
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
