/// A decoder that joins WordPiece tokens.
public struct WordPieceDecoder: Sendable, Hashable {
    /// The prefix to remove from tokens that continue a word; nil to add a space before every token except the first.
    public var prefix: String?
    /// Whether to remove spaces before English punctuation and contractions.
    public var cleansUp: Bool

    /// Creates a decoder, by default that of BERT.
    public init(prefix: String? = "##", cleansUp: Bool = true) {
        self.prefix = prefix
        self.cleansUp = cleansUp
    }

    /// The replacements, applied to each token one after the other.
    private static let replacements: [(pattern: [UInt8], by: [UInt8])] = [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"),
        (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
    ].map { (Array($0.0.utf8), Array($0.1.utf8)) }

    /// Returns the text of each token.
    func parts(_ tokens: some Sequence<[UInt8]>) -> [[UInt8]] {
        let prefix = prefix.map { Array($0.utf8) }
        var parts: [[UInt8]] = []
        for (index, token) in tokens.enumerated() {
            var token = token
            if index > 0 {
                if let prefix, token.starts(with: prefix) {
                    token.removeFirst(prefix.count)
                } else {
                    token.insert(UInt8(ascii: " "), at: 0)
                }
            }
            if cleansUp {
                for (pattern, by) in Self.replacements { token = Self.replacing(pattern, by: by, in: token) }
            }
            parts.append(token)
        }
        return parts
    }

    private static func replacing(_ pattern: [UInt8], by replacement: [UInt8], in text: [UInt8]) -> [UInt8] {
        guard text.count >= pattern.count else { return text }
        var result: [UInt8] = []
        var i = 0
        while i < text.count {
            if text[i...].starts(with: pattern) {
                result += replacement
                i += pattern.count
            } else {
                result.append(text[i])
                i += 1
            }
        }
        return result
    }
}
