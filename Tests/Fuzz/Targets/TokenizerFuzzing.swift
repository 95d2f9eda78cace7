import BertJSON
import BertTokenizers

enum TokenizerFuzzing {
    private static let usualText = Array("Hello, wörld! 今日 [MASK] don't 12 a\u{301}\u{200d}👍 \r\n end".utf8)

    /// Loads a `tokenizer.json` and tokenizes a text.
    static func tokenizerJSON(_ bytes: [UInt8]) throws { try tokenize(bytes, "tokenizer.json") }

    /// Loads a `vocab.txt` and tokenizes a text.
    static func vocabulary(_ bytes: [UInt8]) throws { try tokenize(bytes, "vocab.txt") }

    /// Loads a sentencepiece model and tokenizes a text.
    static func sentencePiece(_ bytes: [UInt8]) throws {
        for (className, file) in [
            ("AlbertTokenizer", "spiece.model"), ("XLMRobertaTokenizer", "sentencepiece.bpe.model"),
            ("DebertaV2Tokenizer", "spm.model"),
        ] {
            let config = Array(#"{"tokenizer_class":"\#(className)"}"#.utf8)
            do { try tokenize(bytes, file, ["tokenizer_config.json": config]) } catch is TokenizerError {}
        }
    }

    /// Splits a text with a regular expression.
    static func regex(_ bytes: [UInt8]) throws {
        let sections = bytes.sections
        let pattern = JSONValue.string(String(decoding: sections[0], as: UTF8.self)).serialized()
        let file = """
            {"model":{"type":"WordLevel","vocab":{"[UNK]":0},"unk_token":"[UNK]"},"pre_tokenizer":{"type":"Split",\
            "pattern":{"Regex":\(pattern)},"behavior":"Isolated","invert":false}}
            """
        let text = sections.count > 1 ? sections[1] : usualText
        try tokenize(Array(file.utf8) + Array("\n===\n".utf8) + text, "tokenizer.json")
    }

    private static func tokenize(_ bytes: [UInt8], _ name: String, _ others: [String: [UInt8]] = [:]) throws {
        let sections = bytes.sections
        let files = others.merging([name: sections[0]]) { $1 }
        let tokenizer = try Tokenizers.load(TokenizerFiles(name: "fuzz", contents: files))
        let text = sections.count > 1 ? sections[1] : usualText
        guard String(validating: text, as: UTF8.self) != nil else { return }
        for pair in [nil, usualText] {
            let encoding = try tokenizer.encode(utf8: text, pair: pair)
            promise(
                encoding.offsets.count == encoding.ids.count && encoding.typeIDs.count == encoding.ids.count,
                "\(encoding.ids.count) ids, \(encoding.offsets.count) offsets, \(encoding.typeIDs.count) types")
            let length = max(text.count, pair?.count ?? 0)
            for range in encoding.offsets { promise(range.upperBound <= length, "\(range) of \(length) bytes") }
            _ = tokenizer.decode(encoding.ids)
        }
    }
}
