import BertJSON
import BertTokenizers
import Foundation
import TestSupport
import Testing

/// Compares folders of every tokenizer class and every kind of setting with `AutoTokenizer` of `transformers`.
@Suite struct AutoTokenizerTests {
    /// Cases that this library refuses on purpose, with the key that the error names.
    static let refused: [String: String] = [
        "SplinterTokenizer": "tokenizer_class", "RemBertTokenizer from": "", "XLNetTokenizer from": "tokenizer_class",
        "T5Tokenizer over": "tokenizer_class",
        "BertJapanese {'never_split": "never_split",
    ]
    /// Cases in which transformers reads something that it shouldn't, or fails without a reason.
    static let accepted = ["an unknown class", "no class, no config.json"]

    struct Fixture: Sendable {
        let root: JSONObject
        let texts: [String]
        let pairs: [(String, String)]
        let results: [JSONNode]
        let cases: [String: JSONNode]

        init() throws {
            let node = try TokenizerFixtures.json("tokenizers/auto.json")
            root = try node.object()
            texts = try node.required("texts").strings()
            pairs = try node.required("pairs").elements().map { pair in
                let texts = try pair.strings()
                return (texts[0], texts[1])
            }
            results = try node.required("results").elements()
            cases = Dictionary(
                uniqueKeysWithValues: try node.required("cases").elements().map {
                    (try $0.required("name").string(), $0)
                })
        }

        func files(_ row: JSONNode) throws -> TokenizerFiles {
            TokenizerFiles(name: "model", contents: try contents(row))
        }

        func contents(_ row: JSONNode) throws -> [String: [UInt8]] {
            let pool = try #require(root["files"])
            var contents: [String: [UInt8]] = [:]
            for (name, content) in try row.required("files").members() {
                let text = try content.string()
                guard text.hasPrefix("@"), let shared = pool[String(text.dropFirst())] else {
                    contents[name] = Array(text.utf8)
                    continue
                }
                if let text = shared.stringValue {
                    contents[name] = Array(text.utf8)
                } else {
                    let base64 = try #require(shared["base64"]?.stringValue)
                    contents[name] = [UInt8](try #require(Data(base64Encoded: base64)))
                }
            }
            return contents
        }
    }

    static let fixture = Result { try Fixture() }
    static let names: [String] = ((try? fixture.get())?.cases.keys.sorted()) ?? []

    @Test("Nothing is left out") func complete() { #expect(Self.names.count > 390) }

    @Test("Ids, offsets, types, limits and decoded texts are the same", arguments: names)
    func cases(_ name: String) throws {
        let fixture = try Self.fixture.get()
        let row = try #require(fixture.cases[name])
        let files = try fixture.files(row)
        if let (_, key) = Self.refused.first(where: { name.hasPrefix($0.key) }) {
            let error = #expect(throws: TokenizerError.self) { try Tokenizers.load(files) }
            if !key.isEmpty { #expect(error?.key == key) }
            return
        }
        guard row["error"] == nil else {
            if Self.accepted.contains(name) {
                _ = try Tokenizers.load(files)
            } else {
                #expect(throws: TokenizerError.self) { try Tokenizers.load(files) }
            }
            return
        }
        let tokenizer = try Tokenizers.load(files)
        let texts = try row["texts"]?.strings() ?? fixture.texts
        let expected = try row.required("expected").ints()
        for (text, index) in zip(texts, expected) {
            try expect(tokenizer.encode(text), tokenizer, fixture.results[index], text)
        }
        for ((text, pair), index) in zip(fixture.pairs, try row.required("pairs").ints()) {
            try expect(tokenizer.encode(text, pair: pair), tokenizer, fixture.results[index], text, pair)
        }
        let short = try #require(fixture.root["short"]?.stringValue)
        let cut = try tokenizer.encode(short, options: EncodingOptions(maxLength: 8, truncation: .longestFirst))
        try expect(cut, tokenizer, fixture.results[row.required("cut").int()], short)
        if let index = try row["padded"]?.int() {
            let padded = try tokenizer.padded([tokenizer.encode("cat")], Padding(length: .fixed(8)))[0]
            #expect(padded.ids.ints == (try fixture.results[index].required("ids").ints()))
        }
        try facts(tokenizer, row)
        for (index, place) in zip(expected, try row.required("decoded").ints()) {
            let ids = try fixture.results[index].required("ids").ints().map { Int32($0) }
            // The classes implemented in Python join tokens differently.
            guard try row.required("class").string().hasSuffix("Fast") else { break }
            for (skips, decoded) in zip([false, true], try fixture.results[place].strings()) {
                #expect(tokenizer.decode(ids, skipsSpecialTokens: skips) == decoded, "\(ids)")
            }
        }
    }

    @Test(arguments: ["CohereTokenizerFast", "T5Tokenizer", "XLNetTokenizerFast"])
    func `A class of generative models is refused, and the advice of its error works`(name: String) throws {
        let fixture = try Self.fixture.get()
        let row = try #require(fixture.cases["PreTrainedTokenizerFast over tokenizer.json"])
        var contents = try fixture.contents(row)
        contents["tokenizer_config.json"] = Array(#"{"tokenizer_class":"\#(name)"}"#.utf8)
        let error = #expect(throws: TokenizerError.self) {
            try Tokenizers.load(TokenizerFiles(name: "model", contents: contents))
        }
        #expect(error?.key == "tokenizer_class")
        let advice = "set tokenizer_class to PreTrainedTokenizerFast in tokenizer_config.json"
        #expect(error?.message.contains(advice) == true)
        contents["tokenizer_config.json"] = Array(#"{"tokenizer_class":"PreTrainedTokenizerFast"}"#.utf8)
        _ = try Tokenizers.load(TokenizerFiles(name: "model", contents: contents))
    }

    private func expect(
        _ encoding: Encoding, _ tokenizer: any Tokenizer, _ expected: JSONNode, _ text: String, _ pair: String? = nil
    ) throws {
        #expect(encoding.ids.ints == (try expected.required("ids").ints()), "\(text.debugDescription)")
        if let types = try expected["types"]?.ints() {
            #expect(encoding.typeIDs.ints == types, "\(text.debugDescription)")
        }
        #expect(tokenizer.defaults.hasTokenTypes == (expected["types"] != nil))
        guard let places = try expected["offsets"]?.ints() else { return }
        let offsets = encoding.scalarOffsets(in: text, pair: pair).flatMap { [$0.lowerBound, $0.upperBound] }
        #expect(offsets == places, "\(text.debugDescription)")
    }

    private func facts(_ tokenizer: any Tokenizer, _ row: JSONNode) throws {
        #expect(tokenizer.modelInputNames == (try row.required("inputs").strings()))
        #expect(tokenizer.defaults.truncationSide.rawValue == (try row.required("truncation_side").string()))
        #expect(tokenizer.defaults.paddingSide.rawValue == (try row.required("padding_side").string()))
        #expect(tokenizer.modelMaxLength == (try row["max_length"]?.int()))
        let special = tokenizer.specialTokens
        #expect(special.classification.map { Int($0) } == (try row["cls"]?.int()), "cls")
        #expect(special.separator.map { Int($0) } == (try row["sep"]?.int()), "sep")
        #expect(special.padding.map { Int($0) } == (try row["pad"]?.int()), "pad")
        #expect(special.mask.map { Int($0) } == (try row["mask"]?.int()), "mask")
        if row["unk"] != nil { #expect(special.unknown.map { Int($0) } == (try row["unk"]?.int()), "unk") }
        if let prefix = try row["prefix"]?.string() {
            #expect(tokenizer.continuingSubwordPrefix == (prefix.isEmpty ? nil : prefix))
        }
    }
}

/// Tests that the article on tokenizer classes lists the classes in the table.
@Suite struct TokenizerClassesArticleTests {
    @Test("Every class is in the article") func complete() throws {
        let path = Fixtures.packageFolder + "/Sources/Tokenizers/BertTokenizers.docc/TokenizerClasses.md"
        let article = try String(contentsOfFile: path, encoding: .utf8)
        for name in Tokenizers.knownClasses { #expect(article.contains("`\(name)`"), "\(name)") }
        #expect(Tokenizers.knownClasses.count > 40)
    }
}
