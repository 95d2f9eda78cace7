import BertJSON
import BertTokenizers
import Testing

/// Compares all results with Hugging Face `tokenizers` for the same texts.
@Suite struct WordPieceFixtureTests {
    static let normalizers: [String: BertNormalizer] = [
        "uncased": BertNormalizer(),
        "cased": BertNormalizer(lowercases: false),
        "cased_strip_accents": BertNormalizer(stripsAccents: true, lowercases: false),
        "uncased_keep_accents": BertNormalizer(stripsAccents: false),
        "uncased_no_chinese_split": BertNormalizer(splitsChineseCharacters: false),
    ]

    static func tokenizer(_ name: String) throws -> WordPieceTokenizer {
        var configuration = WordPieceConfiguration()
        configuration.normalizer = try #require(normalizers[name])
        return try TokenizerFixtures.wordPiece(configuration)
    }

    @Test("Ids and offsets of 400 texts are those of tokenizers", arguments: normalizers.keys.sorted())
    func idsAndOffsets(_ name: String) throws {
        let tokenizer = try Self.tokenizer(name)
        let texts = try TokenizerFixtures.texts()
        let rows = try TokenizerFixtures.json("tokenizers/wordpiece/\(name)/expected.json").required("rows").elements()
        try #require(texts.count == rows.count && texts.count == 400)
        for (text, row) in zip(texts, rows) {
            let encoding = try tokenizer.encode(text)
            #expect(try encoding.ids.ints == row.required("ids").ints(), "\(text.debugDescription)")
            if let offsets = row["offsets"] {
                #expect(try encoding.scalarOffsets(in: text) == offsets.ranges(), "\(text.debugDescription)")
            }
        }
    }

    @Test("Decoding gives the text that tokenizers gives", arguments: ["uncased", "cased"])
    func decoding(_ name: String) throws {
        let tokenizer = try Self.tokenizer(name)
        let expected = try TokenizerFixtures.json("tokenizers/wordpiece/\(name)/decode.json")
        let rows = try TokenizerFixtures.json("tokenizers/wordpiece/\(name)/expected.json").required("rows").elements()
        for (key, skips) in [("decode_skip_special_tokens", true), ("decode_keep_special_tokens", false)] {
            for (row, text) in zip(rows, try expected.required(key).strings()) {
                let ids = try row.required("ids").ints().map { Int32($0) }
                #expect(
                    Array(tokenizer.decode(ids, skipsSpecialTokens: skips).unicodeScalars)
                        == Array(text.unicodeScalars))
            }
        }
    }
}
