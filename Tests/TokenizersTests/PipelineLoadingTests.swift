import BertJSON
import BertTokenizers
import Testing

/// A file that is wrong is refused with what is wrong.
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
        "An error says where, and what is wrong",
        arguments: [
            (bpe(#""merges":[]"#), "model.vocab: is missing"),
            (bpe(#""vocab":{"a":0}"#), "model.merges: is missing"),
            (bpe(#""vocab":{},"merges":[]"#), "holds no token"),
            (
                bpe(#""vocab":{"a":0,"b":1},"merges":["a b"]"#),
                #"needs the token "ab", which the vocabulary does not have"#
            ),
            (
                bpe(#""vocab":{"a":0,"ab":1},"merges":[["a","b"]]"#),
                #"model.merges[0]: the merge of "a" and "b" needs the token "b""#
            ),
            (bpe(#""vocab":{"a":0},"merges":["a"]"#), "a merge is two tokens with a space between"),
            (bpe(#""vocab":{"a":0},"merges":["a b c"]"#), "a merge is two tokens with a space between"),
            (bpe(#""vocab":{"a":0},"merges":[7]"#), "expected a merge at 0, found 7"),
            (bpe(#""vocab":{"a":0,"b":0},"merges":[]"#), "have the same id 0"),
            (bpe(#""vocab":{"a":-1},"merges":[]"#), "has the id -1"),
            (bpe(#""vocab":{"a":9e9},"merges":[]"#), "which is not a number from 0 to 2^31"),
            (bpe(#""vocab":{"a":99999999},"merges":[]"#), "out of all proportion"),
            (bpe(letters + #","dropout":0.1"#), "model.dropout is 0.1, which gives other tokens each time"),
            (bpe(letters + #","unk_token":"<unk>""#), #"has no token "<unk>", the unk_token of its model"#),
            (unigram(#""vocab":[],"unk_id":0"#), "model.vocab holds no token"),
            (unigram(#""vocab":[["a",0]]"#), "model.unk_id is missing"),
            (unigram(#""vocab":[["a",0]],"unk_id":1"#), "model.unk_id: expected an integer from 0 to 0, found 1"),
            (unigram(#""vocab":[["a",NaN]],"unk_id":0"#), "model/tokenizer.json"),
            (unigram(#""vocab":[["a",1e999]],"unk_id":0"#), "model/tokenizer.json"),
            (unigram(#""vocab":[["a","b"]],"unk_id":0"#), "expected a token and a score at 0"),
            (unigram(#""vocab":[["a",0],["a",0]],"unk_id":0"#), #""a" occurs twice"#),
            (
                unigram(scores, #""normalizer":{"type":"Precompiled","precompiled_charsmap":"AAAA"},"#),
                "is not the base64"
            ),
            (unigram(scores, #""normalizer":{"type":"Precompiled","precompiled_charsmap":"!"},"#), "is not the base64"),
            (unigram(scores, #""pre_tokenizer":{"type":"Metaspace","replacement":"ab"},"#), "expected one character"),
            (
                unigram(scores, #""pre_tokenizer":{"type":"Metaspace","prepend_scheme":"last"},"#),
                "expected one of always, first, never"
            ),
            (
                bpe(letters, #""pre_tokenizer":{"type":"Split","pattern":{"Regex":"(a+)+"},"behavior":"Isolated"},"#),
                "repeats without limit what repeats without limit itself"
            ),
            (
                bpe(letters, #""pre_tokenizer":{"type":"Split","pattern":{"Regex":"a(?<=b)"},"behavior":"Isolated"},"#),
                "has a kind of group that is not supported"
            ),
            (
                bpe(letters, #""pre_tokenizer":{"type":"Split","pattern":{"Regex":"[a"},"behavior":"Isolated"},"#),
                "lacks a ]"
            ),
            (
                bpe(
                    letters, #""pre_tokenizer":{"type":"Split","pattern":{"Regex":"\\p{Han}"},"behavior":"Isolated"},"#),
                "has a property that is not supported"
            ),
            (
                bpe(letters, #""pre_tokenizer":{"type":"Split","pattern":{"String":"a"},"behavior":"Odd"},"#),
                "expected one of Removed, Isolated"
            ),
            (
                bpe(letters, #""normalizer":{"type":"Sequence","normalizers":[{"type":"NFX"}]},"#),
                #"the normalizer.normalizers[0] "NFX" is not supported"#
            ),
            (bpe(letters, #""post_processor":{"type":"RobertaProcessing"},"#), "post_processor.cls: is missing"),
            (["spiece.model": "x"], "make one in Python: from transformers import AutoTokenizer"),
            (["vocab.json": #"{"a":0}"#, "merges.txt": ""], "no token for the cls_token"),
            (["vocab.json": "[]", "merges.txt": ""], "model/vocab.json: expected an object"),
            (
                ["vocab.json": #"{"<s>":0,"</s>":1,"a":2,"b":3}"#, "merges.txt": "#version: 0.2\na b\n"],
                "model/merges.txt: line 2: the merge"
            ),
            (
                [
                    "vocab.json": #"{"a":0}"#, "merges.txt": "",
                    "tokenizer_config.json": #"{"tokenizer_class":"CLIPTokenizer"}"#,
                ], "belongs to a CLIPTokenizer"
            ),
            (["vocab.json": #"{"a":0}"#], "has neither a tokenizer.json nor"),
        ])
    func errors(_ contents: [String: String], _ message: String) throws {
        let error = #expect(throws: TokenizerError.self) { try Self.load(contents) }
        #expect(error?.description.contains(message) == true, "\(error.map(\.description) ?? "")")
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
