extension TokenizerCore {
    /// Returns the text of `ids`. Ids that aren't in the vocabulary are skipped.
    func decode(_ ids: some Sequence<Int32>, skipsSpecialTokens: Bool) -> String {
        let skipped: Set<Int32> = skipsSpecialTokens ? Set(addedTokens.lazy.filter(\.isSpecial).map(\.id)) : []
        let text = joined(ids.filter { !skipped.contains($0) }.compactMap { vocabulary.utf8($0).map { Array($0) } })
        return defaults.cleansUpTokenizationSpaces ? EnglishSpaces.removed(from: text) : text
    }

    func joined(_ tokens: [[UInt8]]) -> String {
        guard let decoder else { return String(decoding: Array(tokens.joined(separator: [0x20])), as: UTF8.self) }
        return decoder.decode(tokens)
    }
}

/// Removes spaces before punctuation and contractions: `clean_up_tokenization` in `transformers`.
private enum EnglishSpaces {
    /// The replacements, applied to the whole text one after the other.
    private static let replacements = [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"), (" 's", "'s"),
        (" 've", "'ve"), (" 're", "'re"),
    ].map { (Array($0.0.utf8), Array($0.1.utf8)) }

    static func removed(from text: String) -> String {
        var bytes = Array(text.utf8)
        for (pattern, replacement) in replacements {
            var result: [UInt8] = []
            result.reserveCapacity(bytes.count)
            var rest = bytes[...]
            while let byte = rest.first {
                if rest.starts(with: pattern) {
                    result += replacement
                    rest = rest.dropFirst(pattern.count)
                } else {
                    result.append(byte)
                    rest = rest.dropFirst()
                }
            }
            bytes = result
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
