/// The tokens of one text, before special tokens are added.
public struct TokenizedText: Sendable {
    var tokens: [Token]
    /// The byte ranges of tokens that differ at the start of an encoding, by index.
    var rangesAsFirst: [Int: Range<UInt32>] = [:]

    /// The number of tokens.
    public var count: Int { tokens.count }
    /// The ids of the tokens.
    public var ids: [Int32] { tokens.map(\.id) }

    /// Returns the tokens of a window, for an encoding.
    func window(_ range: Range<Int>) -> ArraySlice<Token> {
        var window = tokens[range]
        if let first = rangesAsFirst[range.lowerBound], !range.isEmpty {
            window[range.lowerBound].start = first.lowerBound
            window[range.lowerBound].end = first.upperBound
        }
        return window
    }
}
