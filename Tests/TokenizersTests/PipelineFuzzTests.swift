import BertJSON
import BertTokenizers
import Testing

/// Tests that no input traps, and that every byte of a text is covered by a token.
@Suite struct PipelineFuzzTests {
    /// Returns the tokenizer of a fixture with replaced parts. null removes a part.
    static func tokenizer(_ name: String, _ parts: [String: JSONValue] = [:]) throws -> any Tokenizer {
        var members = try JSONValue(parsing: PipelineFixtureTests.file(name).tokenizer).objectValue ?? JSONObject()
        for (part, value) in parts { members[part] = value }
        let bytes = JSONValue.object(members).serializedBytes()
        return try Tokenizers.load(TokenizerFiles(name: name, contents: ["tokenizer.json": bytes]))
    }

    /// A tokenizer of each model, without parts that drop text.
    static let keeping: [String: (fixture: String, parts: [String: JSONValue])] = [
        "byte-level BPE": ("roberta-untrimmed", ["added_tokens": []]),
        "byte-level BPE behind a normalizer": (
            "roberta-untrimmed", ["added_tokens": [], "normalizer": ["type": "Lowercase"]]
        ),
        "BPE": ("bpe-suffix", ["normalizer": nil, "pre_tokenizer": nil]),
        "BPE with byte fallback": ("bpe-fallback", [:]),
        "Unigram": ("xlm-r", ["normalizer": nil]),
        "Unigram of whole texts": ("unigram-fallback", ["normalizer": nil, "pre_tokenizer": nil]),
        "WordPiece": ("wordpiece-other", ["normalizer": nil, "pre_tokenizer": nil]),
    ]

    @Test("The tokens of random texts tile them", arguments: keeping.keys.sorted())
    func tiling(_ name: String) throws {
        let (fixture, parts) = try #require(Self.keeping[name])
        let tokenizer = try Self.tokenizer(fixture, parts)
        var generator = TokenizerFuzzTests.Generator(state: 21)
        for _ in 0..<TokenizerFuzzTests.rounds(10_000) {
            let text = TokenizerFuzzTests.text(&generator)
            let encoding = try tokenizer.encode(text, options: EncodingOptions(addsSpecialTokens: false))
            var covered = 0
            for range in encoding.offsets {
                try #require(range.lowerBound <= covered && range.upperBound >= covered, "\(text.debugDescription)")
                covered = range.upperBound
            }
            try #require(covered == text.utf8.count, "\(text.debugDescription)")
        }
    }

    @Test("Byte-level tokens of random texts are these texts again")
    func roundTrip() throws {
        let tokenizer = try Self.tokenizer("roberta", ["added_tokens": []])
        var generator = TokenizerFuzzTests.Generator(state: 22)
        for _ in 0..<TokenizerFuzzTests.rounds(10_000) {
            let text = TokenizerFuzzTests.text(&generator)
            let ids = try tokenizer.encode(text, options: EncodingOptions(addsSpecialTokens: false)).ids
            let decoded = tokenizer.decode(ids)
            try #require(decoded.utf8.elementsEqual(text.utf8), "\(text.debugDescription) \(decoded.debugDescription)")
        }
    }

    @Test("Random texts pass through every fixture's tokenizer", arguments: PipelineFixtureTests.names)
    func everything(_ name: String) throws {
        let tokenizer = try PipelineFixtureTests.tokenizer(name)
        var generator = TokenizerFuzzTests.Generator(state: 23)
        for _ in 0..<TokenizerFuzzTests.rounds(1_000) {
            let text = TokenizerFuzzTests.text(&generator)
            let encoding = try tokenizer.encode(text, pair: "a  b", options: EncodingOptions(addsSpecialTokens: false))
            for (range, sequence) in zip(encoding.offsets, encoding.sequenceIDs) {
                try #require(range.upperBound <= (sequence == 0 ? text.utf8.count : 4), "\(text.debugDescription)")
            }
            _ = tokenizer.decode(encoding.ids.reversed(), skipsSpecialTokens: false)
        }
    }

    @Test("A word of a megabyte takes linear time", .timeLimit(.minutes(10)), arguments: ["roberta", "xlm-r"])
    func megabyte(_ name: String) throws {
        let tokenizer = try PipelineFixtureTests.tokenizer(name)
        #expect(try tokenizer.encode(String(repeating: "ab", count: 500_000)).count > 1000)
    }

    @Test(
        "Long words of every kind take linear time", .timeLimit(.minutes(10)),
        arguments: [
            "roberta-prefix", "bytelevel-split", "bpe-fallback", "albert", "unigram-fallback", "wordpiece-other",
        ],
        ["ab", "e\u{301}\u{323}", "漢", " ", "\u{0}"])
    func longWords(_ name: String, _ part: String) throws {
        let tokenizer = try PipelineFixtureTests.tokenizer(name)
        let text = String(repeating: part, count: 30_000 / part.utf8.count)
        // Some tokenizers drop whitespace.
        #expect(try tokenizer.encode(text).count >= (part == " " ? 0 : 1))
    }

    @Test(
        "Damaged files are refused or read, and never trap",
        arguments: ["roberta", "xlm-r", "bpe-fallback", "bytelevel-split"])
    func damagedFiles(_ name: String) throws {
        let whole = try PipelineFixtureTests.file(name).tokenizer
        var generator = TokenizerFuzzTests.Generator(state: 24)
        // The character map is most of the file, and damage to it rarely has an effect.
        let map = whole.count > 200_000 ? 0.2 : 1
        for round in 0..<TokenizerFuzzTests.rounds(100) {
            var bytes = whole
            if round % 4 == 0 {
                bytes.removeLast(Int.random(in: 1..<bytes.count, using: &generator))
            } else {
                for _ in 0..<Int.random(in: 1...4, using: &generator) {
                    let value = UInt8.random(in: round % 2 == 1 ? 0x20...0x7E : 0...255, using: &generator)
                    let reach = Bool.random(using: &generator) ? bytes.count : Int(Double(bytes.count) * map)
                    bytes[bytes.count - 1 - Int.random(in: 0..<reach, using: &generator)] = value
                }
            }
            do {
                let files = TokenizerFiles(name: "damaged", contents: ["tokenizer.json": bytes])
                let tokenizer = try Tokenizers.load(files)
                _ = try tokenizer.encode("Hello, wörld! ﬁ \u{1} <mask>", pair: "x")
            } catch {
                #expect(!error.message.isEmpty)
            }
        }
    }
}
