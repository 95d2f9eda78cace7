import BertJSON
import BertTokenizers
import Testing

/// Tests the errors of invalid files.
@Suite struct PipelineLoadingTests {
    static func load(_ contents: [String: String]) throws -> any Tokenizer {
        try Tokenizers.load(TokenizerFiles(name: "model", contents: contents.mapValues { Array($0.utf8) }))
    }

    static func bpe(_ model: String, _ parts: String = "") -> [String: String] {
        ["tokenizer.json": #"{\#(parts)"model":{"type":"BPE",\#(model)}}"#]
    }

    static func unigram(_ model: String, _ parts: String = "") -> [String: String] {
        ["tokenizer.json": #"{\#(parts)"model":{"type":"Unigram",\#(model)}}"#]
    }

    private static let letters = #""vocab":{"a":0,"b":1,"ab":2},"merges":["a b"]"#
    private static let scores = #""vocab":[["<unk>",0],["a",-1.5]],"unk_id":0"#

    @Test("The least that there can be")
    func least() throws {
        #expect(try Self.load(Self.bpe(Self.letters)).encode("abba").ids == [2, 1, 0])
        #expect(try Self.load(Self.unigram(Self.scores)).encode("aba").ids == [1, 0, 1])
        let untyped = ["tokenizer.json": #"{"model":{\#(Self.letters)}}"#]
        #expect(try Self.load(untyped).encode("ab").ids == [2])
    }

    @Test(
        "An error has the key of what is wrong",
        arguments: [
            (bpe(#""merges":[]"#), "model.vocab"),
            (bpe(#""vocab":{"a":0}"#), "model.merges"),
            (bpe(#""vocab":{},"merges":[]"#), "model.vocab"),
            (
                bpe(#""vocab":{"a":0,"b":1},"merges":["a b"]"#),
                "model.merges[0]"
            ),
            (
                bpe(#""vocab":{"a":0,"ab":1},"merges":[["a","b"]]"#),
                "model.merges[0]"
            ),
            (bpe(#""vocab":{"a":0},"merges":["a"]"#), "model.merges[0]"),
            (bpe(#""vocab":{"a":0},"merges":["a b c"]"#), "model.merges[0]"),
            (bpe(#""vocab":{"a":0},"merges":[7]"#), "model.merges"),
            (bpe(#""vocab":{"a":0,"b":0},"merges":[]"#), ""),
            (bpe(#""vocab":{"a":-1},"merges":[]"#), "model.vocab"),
            (bpe(#""vocab":{"a":9e9},"merges":[]"#), "model.vocab"),
            (bpe(#""vocab":{"a":99999999},"merges":[]"#), ""),
            (bpe(letters + #","dropout":0.1"#), "model.dropout"),
            (bpe(letters + #","unk_token":"<unk>""#), "model.unk_token"),
            (unigram(#""vocab":[],"unk_id":0"#), "model.vocab"),
            (unigram(#""vocab":[["a",0]]"#), "model.unk_id"),
            (unigram(#""vocab":[["a",0]],"unk_id":1"#), "model.unk_id"),
            (unigram(#""vocab":[["a",NaN]],"unk_id":0"#), "model.vocab[0][1]"),
            (unigram(#""vocab":[["a",1e999]],"unk_id":0"#), "model.vocab[0][1]"),
            (unigram(#""vocab":[["a","b"]],"unk_id":0"#), "model.vocab"),
            (
                unigram(scores, #""normalizer":{"type":"Precompiled","precompiled_charsmap":"AAAA"},"#),
                "normalizer.precompiled_charsmap"
            ),
            (
                unigram(scores, #""normalizer":{"type":"Precompiled","precompiled_charsmap":"!"},"#),
                "normalizer.precompiled_charsmap"
            ),
            (
                unigram(scores, #""pre_tokenizer":{"type":"Metaspace","replacement":"ab"},"#),
                "pre_tokenizer.replacement"
            ),
            (
                unigram(scores, #""pre_tokenizer":{"type":"Metaspace","prepend_scheme":"last"},"#),
                "pre_tokenizer.prepend_scheme"
            ),
            (
                bpe(letters, #""pre_tokenizer":{"type":"Split","pattern":{"Regex":"(a+)+"},"behavior":"Isolated"},"#),
                "pre_tokenizer.pattern.Regex"
            ),
            (
                bpe(letters, #""pre_tokenizer":{"type":"Split","pattern":{"Regex":"[a"},"behavior":"Isolated"},"#),
                "pre_tokenizer.pattern.Regex"
            ),
            (
                bpe(letters, #""pre_tokenizer":{"type":"Split","pattern":{"String":"a"},"behavior":"Odd"},"#),
                "pre_tokenizer.behavior"
            ),
            (
                bpe(letters, #""normalizer":{"type":"Sequence","normalizers":[{"type":"NFX"}]},"#),
                "normalizer.normalizers[0]"
            ),
            (bpe(letters, #""post_processor":{"type":"RobertaProcessing"},"#), "post_processor.cls"),
            (["vocab.json": #"{"a":0}"#, "merges.txt": ""], "cls_token"),
            (["vocab.json": "[]", "merges.txt": ""], ""),
            (
                ["vocab.json": #"{"<s>":0,"</s>":1,"a":2,"b":3}"#, "merges.txt": "#version: 0.2\na b\n"],
                ""
            ),
            (
                [
                    "vocab.json": #"{"a":0}"#, "merges.txt": "",
                    "tokenizer_config.json": #"{"tokenizer_class":"CLIPTokenizer"}"#,
                ], "tokenizer_class"
            ),
            (["vocab.json": #"{"a":0}"#], ""),
        ])
    func errors(_ contents: [String: String], _ key: String) throws {
        let error = try #require(throws: TokenizerError.self) { try Self.load(contents) }
        #expect(error.key ?? "" == key, "\(error)")
        #expect(error.file?.hasPrefix("model") == true, "\(error)")
    }

    @Test("Absurd nesting is refused")
    func nesting() throws {
        let deep = String(repeating: #"{"type":"Sequence","normalizers":["#, count: 20_000)
        #expect(throws: TokenizerError.self) { try Self.load(Self.bpe(Self.letters, #""normalizer":"# + deep)) }
        let groups = String(repeating: "(", count: 10_000) + "a" + String(repeating: ")", count: 10_000)
        let split = #""pre_tokenizer":{"type":"Split","pattern":{"Regex":"\#(groups)"},"behavior":"Isolated"},"#
        #expect(throws: TokenizerError.self) { try Self.load(Self.bpe(Self.letters, split)) }
    }

    @Test("The files of RoBERTa name its special tokens; the mask takes the space before it")
    func roberta() throws {
        let folder = TokenizerFixtures.path("tokenizers/bytelevel-bpe")
        let tokenizer = try Tokenizers.load(folder: folder)
        #expect(tokenizer is PipelineTokenizer)
        #expect(
            tokenizer.specialTokens
                == SpecialTokens(unknown: 3, classification: 0, separator: 2, padding: 1, mask: 1999))
        #expect(tokenizer.modelMaxLength == 512)
        let encoding = try tokenizer.encode("the <mask> cat", pair: "x")
        #expect(encoding.ids.filter { $0 == 1999 }.count == 1)
        #expect(encoding.ids.filter { $0 == 2 }.count == 3)
        #expect(tokenizer.decode(encoding.ids, skipsSpecialTokens: false) == "<s>the<mask> cat</s></s>x</s>")
        #expect(try tokenizer.padded([encoding], Padding(length: .fixed(20)))[0].ids.last == 1)
    }

    @Test("Tokenizers are used by many tasks at once")
    func concurrency() async throws {
        let tokenizer = try PipelineFixtureTests.tokenizer("xlm-r")
        let texts = try TokenizerFixtures.texts()
        let expected = try texts.map { try tokenizer.encode($0).ids }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask { try texts.map { try tokenizer.encode($0).ids } == expected }
            }
            for try await isSame in group { #expect(isSame) }
        }
    }
}
