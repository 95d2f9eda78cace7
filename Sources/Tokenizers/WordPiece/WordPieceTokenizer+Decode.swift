extension WordPieceTokenizer {
    /// The text that `ids` stand for: pieces joined to words, and no space where English has none.
    ///
    /// Ids that the vocabulary does not have are left out.
    public func decode(_ ids: some Sequence<Int32>, skipsSpecialTokens: Bool = true) -> String {
        let skipped: Set<Int32> = skipsSpecialTokens ? Set(addedTokens.lazy.filter(\.isSpecial).map(\.id)) : []
        var text: [UInt8] = []
        var isFirst = true
        for id in ids where !skipped.contains(id) {
            guard let token = vocabulary.utf8(id) else { continue }
            var piece = Array(token)
            if !isFirst {
                if piece.starts(with: model.prefix) {
                    piece.removeFirst(model.prefix.count)
                } else {
                    piece.insert(UInt8(ascii: " "), at: 0)
                }
            }
            if cleansUpDecoded { piece = DecodedText.cleanedUp(piece) }
            text += piece
            isFirst = false
        }
        return String(decoding: text, as: UTF8.self)
    }
}

/// The undoing of spaces that tokenizing English put in.
enum DecodedText {
    private static let replacements: [([UInt8], [UInt8])] = [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"),
        (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
    ].map { (Array($0.0.utf8), Array($0.1.utf8)) }

    static func cleanedUp(_ text: [UInt8]) -> [UInt8] {
        replacements.reduce(text) { replacing($1.0, by: $1.1, in: $0) }
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
