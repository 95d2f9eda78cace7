import BertCheckpoints
import BertJSON
import BertModels
import BertTokenizers

/// Turns tokens into text as Hugging Face's `decode` does, with what `tokenizer_config.json` says of spaces.
struct TextDecoder: Sendable {
    private let tokenizer: any Tokenizer
    /// Whether English loses the spaces before punctuation marks and contractions.
    private let cleansUp: Bool

    /// In this order, each all through the text before the next.
    private static let replacements = [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"), (" 's", "'s"),
        (" 've", "'ve"), (" 're", "'re"),
    ].map { (Array($0.0.utf8), Array($0.1.utf8)) }

    init(_ files: ModelFiles, _ tokenizer: any Tokenizer) throws {
        self.tokenizer = tokenizer
        let name = "tokenizer_config.json"
        guard files.contains(name), let node = try files.json(name).member("clean_up_tokenization_spaces"), !node.isNull
        else {
            cleansUp = false
            return
        }
        cleansUp = try node.bool()
    }

    /// The text of some ids.
    func text(_ ids: some Sequence<Int32>, skipsSpecialTokens: Bool) -> String {
        let text = tokenizer.decode(ids, skipsSpecialTokens: skipsSpecialTokens)
        return cleansUp ? Self.cleaned(text) : text
    }

    private static func cleaned(_ text: String) -> String {
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
