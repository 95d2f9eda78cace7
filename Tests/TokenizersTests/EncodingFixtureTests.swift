import BertJSON
import BertTokenizers
import Testing

/// Compares pairs, truncation, overflow and padding with Hugging Face's results.
@Suite struct EncodingFixtureTests {
    static func fixture() throws -> JSONNode { try TokenizerFixtures.json("tokenizers/wordpiece/pairs.json") }

    /// Returns the options of a `transformers` call.
    static func options(_ node: JSONNode) throws -> EncodingOptions {
        var options = EncodingOptions(truncation: .doNotTruncate)
        options.maxLength = try node["max_length"]?.int()
        options.stride = try node["stride"]?.int() ?? 0
        switch node["truncation"]?.value {
        case .string(let name): options.truncation = try #require(Truncation(rawValue: name))
        case .bool(true): options.truncation = .longestFirst
        default: break
        }
        return options
    }

    static func padding(_ node: JSONNode) throws -> Padding? {
        guard let kind = node["padding"] else { return nil }
        var padding = Padding()
        if kind.value.stringValue == "max_length" { padding.length = .fixed(try node.required("max_length").int()) }
        padding.multiple = try node["pad_to_multiple_of"]?.int() ?? 1
        return padding
    }

    @Test("189 pairs are encoded, cut and filled up as transformers does")
    func pairs() throws {
        let tokenizer = try TokenizerFixtures.wordPiece()
        let rows = try Self.fixture().required("pairs").elements()
        #expect(rows.count == 189)
        for row in rows {
            // In `transformers`, but not in `tokenizers`, an empty second text means that there is none.
            let (a, second) = (try row.required("a").string(), try row.required("b").string())
            let b = second.isEmpty ? nil : second
            let options = try row.required("options")
            guard row["error"] == nil else {
                #expect(throws: TokenizerError.self) {
                    try tokenizer.encode(a, pair: b, options: Self.options(options))
                }
                continue
            }
            var encoding = try tokenizer.encode(a, pair: b, options: Self.options(options))
            if let padding = try Self.padding(options) { encoding = try tokenizer.padded([encoding], padding)[0] }
            try expect(encoding, equals: row, text: a, pair: b)
        }
    }

    @Test("Batches are filled up on either side")
    func batches() throws {
        let tokenizer = try TokenizerFixtures.wordPiece()
        for row in try Self.fixture().required("batches").elements() {
            let options = try row.required("options")
            let texts = try row.required("texts").strings()
            let pairs = try row["pairs"]?.strings()
            var padding = try #require(try Self.padding(options))
            let side: Side = try #require(Side(rawValue: try row.required("padding_side").string()))
            padding.side = side
            let encodings = try texts.enumerated().map {
                try tokenizer.encode($0.element, pair: pairs?[$0.offset], options: Self.options(options))
            }
            for (i, encoding) in try tokenizer.padded(encodings, padding).enumerated() {
                #expect(try encoding.ids.ints == row.required("input_ids").elements()[i].ints())
                #expect(try encoding.typeIDs.ints == row.required("token_type_ids").elements()[i].ints())
                #expect(
                    try encoding.attentionMask.map { Int($0) } == row.required("attention_mask").elements()[i].ints())
            }
        }
    }

    @Test("What is cut off is in windows that overlap by the stride")
    func overflow() throws {
        let tokenizer = try TokenizerFixtures.wordPiece()
        for row in try Self.fixture().required("overflow").elements() {
            let (a, b) = (try row.required("a").string(), try row["b"]?.string())
            let encoding = try tokenizer.encode(a, pair: b, options: Self.options(row.required("options")))
            let windows = [encoding] + encoding.overflow
            #expect(try windows.map(\.ids.ints) == row.required("input_ids").elements().map { try $0.ints() })
            #expect(
                try windows.map { $0.scalarOffsets(in: a, pair: b) }
                    == row.required("offsets").elements().map { try $0.ranges() })
        }
    }

    @Test("Special tokens can be left out")
    func noSpecialTokens() throws {
        let tokenizer = try TokenizerFixtures.wordPiece()
        for row in try Self.fixture().required("no_special_tokens").elements() {
            let encoding = try tokenizer.encode(
                row.required("a").string(), options: EncodingOptions(addsSpecialTokens: false))
            #expect(try encoding.ids.ints == row.required("input_ids").ints())
        }
    }

    @Test("75 sentences have the ids that the real MiniLM was given")
    func sentences() throws {
        let tokenizer = try TokenizerFixtures.wordPiece()
        let fixture = try TokenizerFixtures.json("minilm-sentences/texts.json")
        let texts = try fixture.required("texts").strings()
        #expect(texts.count == 75)
        for (text, ids) in zip(texts, try fixture.required("input_ids").elements()) {
            let encoding = try tokenizer.encode(
                text, options: EncodingOptions(maxLength: 256, truncation: .longestFirst))
            #expect(try encoding.ids.ints == ids.ints(), "\(text.prefix(60))")
        }
    }

    @Test("300 random texts, with added tokens of every kind, are as tokenizers has them")
    func random() throws {
        let tokenizer = try Tokenizers.load(
            TokenizerFiles(
                name: "random",
                contents: ["tokenizer.json": TokenizerFixtures.bytes("tokenizers/wordpiece/random/tokenizer.json")]))
        let cases = try TokenizerFixtures.json("tokenizers/wordpiece/random/expected.json").required("cases").elements()
        #expect(cases.count == 300)
        for row in cases {
            let (text, pair) = (try row.required("text").string(), try row["pair"]?.string())
            var options = try Self.options(row)
            options.addsSpecialTokens = try row["add_special_tokens"]?.bool() ?? true
            options.truncationSide = try row["side"].flatMap { Side(rawValue: try $0.string()) } ?? .right
            guard row["error"] == nil else {
                #expect(throws: TokenizerError.self) { try tokenizer.encode(text, pair: pair, options: options) }
                continue
            }
            var encoding = try tokenizer.encode(text, pair: pair, options: options)
            if let length = try row["padding"]?.int() {
                let side = try #require(Side(rawValue: try row.required("padding_side").string()))
                encoding = try tokenizer.padded([encoding], Padding(length: .fixed(length), side: side))[0]
            }
            try expect(encoding, equals: row, text: text, pair: pair)
            let overflow = try row.required("overflow").elements()
            #expect(encoding.overflow.count == overflow.count)
            for (window, expected) in zip(encoding.overflow, overflow) {
                try expect(window, equals: expected, text: text, pair: pair)
            }
            #expect(try tokenizer.decode(encoding.ids, skipsSpecialTokens: true) == row.required("decoded").string())
        }
    }

    /// Compares the members of the fixture, which have the names of either library.
    func expect(
        _ encoding: Encoding, equals row: JSONNode, text: String, pair: String?,
        at location: SourceLocation = #_sourceLocation
    ) throws {
        let comment = Comment(rawValue: "\(text.debugDescription) \(pair.debugDescription)")
        func same(_ got: [Int], _ names: String...) throws {
            for name in names {
                if let want = try row[name]?.ints() { #expect(got == want, comment, sourceLocation: location) }
            }
        }
        try same(encoding.ids.ints, "input_ids", "ids")
        try same(encoding.typeIDs.ints, "token_type_ids", "type_ids")
        try same(encoding.attentionMask.map { Int($0) }, "attention_mask")
        try same(encoding.specialTokensMask.map { Int($0) }, "special_tokens_mask")
        let offsets = encoding.scalarOffsets(in: text, pair: pair)
        #expect(try offsets == row.required("offsets").ranges(), comment, sourceLocation: location)
        if let words = try row["word_ids"]?.elements() {
            #expect(
                try encoding.wordIDs.map { $0.map { Int($0) } } == words.map { $0.isNull ? nil : try $0.int() },
                comment,
                sourceLocation: location)
        }
    }
}
