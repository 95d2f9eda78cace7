import BertJSON
import BertTokenizers
import Testing

/// Compares RoBERTa's tokenizer, loaded from either kind of file, with Hugging Face's.
@Suite struct ByteLevelFixtureTests {
    static func tokenizer(addsPrefixSpace: Bool, fromJSON: Bool = true) throws -> any Tokenizer {
        let config = try TokenizerFixtures.json("tokenizers/bytelevel-bpe/tokenizer_config.json")
        var members = try config.object()
        members["add_prefix_space"] = .bool(addsPrefixSpace)
        var contents = ["tokenizer_config.json": JSONValue.object(members).serializedBytes()]
        for file in fromJSON ? ["tokenizer.json"] : ["vocab.json", "merges.txt"] {
            contents[file] = try TokenizerFixtures.bytes("tokenizers/bytelevel-bpe/\(file)")
        }
        return try Tokenizers.load(TokenizerFiles(name: "roberta", contents: contents))
    }

    @Test("Ids and offsets of 400 texts are those of tokenizers", arguments: [true, false], [true, false])
    func idsAndOffsets(_ addsPrefixSpace: Bool, _ fromJSON: Bool) throws {
        let tokenizer = try Self.tokenizer(addsPrefixSpace: addsPrefixSpace, fromJSON: fromJSON)
        let texts = try TokenizerFixtures.texts()
        let folder = addsPrefixSpace ? "prefix_space" : "no_prefix_space"
        let rows = try TokenizerFixtures.json("tokenizers/bytelevel-bpe/\(folder)/expected.json").required("rows")
            .elements()
        try #require(texts.count == rows.count && texts.count == 400)
        for (text, row) in zip(texts, rows) {
            let encoding = try tokenizer.encode(text)
            #expect(try encoding.ids.ints == row.required("ids").ints(), "\(text.debugDescription)")
            #expect(
                try encoding.scalarOffsets(in: text) == row.required("offsets").ranges(), "\(text.debugDescription)")
        }
    }

    @Test("Pairs are encoded, cut and filled up as transformers does", arguments: [true, false])
    func pairs(_ fromJSON: Bool) throws {
        let tokenizer = try Self.tokenizer(addsPrefixSpace: false, fromJSON: fromJSON)
        let rows = try TokenizerFixtures.json("tokenizers/bytelevel-bpe/pairs.json").required("pairs").elements()
        try #require(!rows.isEmpty)
        for row in rows {
            let (a, second) = (try row.required("a").string(), try row.required("b").string())
            let b = second.isEmpty ? nil : second
            let options = try row.required("options")
            guard row["error"] == nil else {
                #expect(throws: TokenizerError.self) {
                    try tokenizer.encode(a, pair: b, options: EncodingFixtureTests.options(options))
                }
                continue
            }
            var encoding = try tokenizer.encode(a, pair: b, options: EncodingFixtureTests.options(options))
            if let padding = try EncodingFixtureTests.padding(options) {
                encoding = try tokenizer.padded([encoding], padding)[0]
            }
            try EncodingFixtureTests().expect(encoding, equals: row, text: a, pair: b)
        }
    }
}
