import BertJSON
import BertTokenizers
import Foundation
import TestSupport
import Testing

/// Compares how texts are split at regular expressions with Hugging Face `tokenizers`
/// (`scripts/generate-regex-fixtures`).
@Suite struct RegexFixtureTests {
    struct Expression: Sendable, CustomTestStringConvertible {
        /// The expression, or nil for `UnicodeScripts`.
        let pattern: String?
        let cases: [(text: String, pieces: [Range<Int>])]
        var testDescription: String { pattern ?? "UnicodeScripts" }
    }

    /// The expressions of the fixture, or of the file in `REGEX_FIXTURES`.
    static let all: [Expression] = {
        let path = ProcessInfo.processInfo.environment["REGEX_FIXTURES"] ?? Fixtures.path("tokenizers/regexes.json")
        guard let bytes = try? Data(contentsOf: URL(fileURLWithPath: path)),
            let rows = try? JSONNode(parsing: [UInt8](bytes), source: path).required("expressions").elements()
        else { return [] }
        return
            (try? rows.map { row in
                Expression(
                    pattern: try row["pattern"]?.string(),
                    cases: try row.required("cases").elements().map { node in
                        let pieces = try node.required("pieces").elements().map { span in
                            let ends = try span.elements().map { try $0.int() }
                            return ends[0]..<ends[1]
                        }
                        return (try node.required("text").string(), pieces)
                    })
            }) ?? []
    }()

    static func tokenizer(_ preTokenizer: JSONValue) throws -> any Tokenizer {
        let file: JSONValue = [
            "version": "1.0", "added_tokens": [], "pre_tokenizer": preTokenizer,
            "model": ["type": "WordLevel", "vocab": ["?": 0], "unk_token": "?"],
        ]
        return try Tokenizers.load(TokenizerFiles(name: "model", contents: ["tokenizer.json": file.serializedBytes()]))
    }

    static func split(_ pattern: String) -> JSONValue {
        ["type": "Split", "pattern": ["Regex": .string(pattern)], "behavior": "Isolated", "invert": false]
    }

    @Test("there are expressions of known tokenizers, random ones, and scripts")
    func count() {
        #expect(Self.all.count >= 150)
        #expect(Self.all.last?.pattern == nil)
    }

    @Test("texts are split as the library splits them", arguments: all)
    func pieces(_ expression: Expression) throws {
        let tokenizer = try Self.tokenizer(expression.pattern.map(Self.split) ?? ["type": "UnicodeScripts"])
        for (text, pieces) in expression.cases {
            let encoding = try tokenizer.encode(text, options: EncodingOptions(addsSpecialTokens: false))
            // The library's offsets are in scalars.
            var scalars: [Int: Int] = [:]
            var byte = 0
            for (index, scalar) in text.unicodeScalars.enumerated() {
                scalars[byte] = index
                byte += UTF8.width(scalar)
            }
            scalars[byte] = text.unicodeScalars.count
            let found = encoding.offsets.map { (scalars[$0.lowerBound] ?? -1)..<(scalars[$0.upperBound] ?? -1) }
            #expect(found == pieces.filter { !$0.isEmpty }, "\(text.debugDescription)")
        }
    }

    @Test(
        "what isn't supported is an error that names the expression",
        arguments: [
            "(a+)+", "(?:a*)*", "[a", "a)", "(a", #"\p{Nope}"#, #"\p"#, "[[:nope:]]", "(?x)a", #"(a)\1"#, #"\G"#,
            "(?<=a+)b",
            #"(?<=\X)b"#, "a{3,2}", "a{1001}", "*a", "^*", "(?i)ss", "(?i:ﬁ)", #"\k<n>"#, "(?", #"\"#, "[b-a]", #"\y"#,
        ])
    func refusals(_ pattern: String) {
        let error = #expect(throws: TokenizerError.self) { try Self.tokenizer(Self.split(pattern)) }
        #expect(error?.code == .unsupportedComponent)
        #expect(error?.key == "pre_tokenizer.pattern.Regex")
        #expect(error?.value == .string(pattern))
    }

    @Test("long texts take linear time", arguments: [#"\X"#, #"\b"#, "(?<=[.!?])a", "(?i)[^a-z]+", #"(?>\w+)\W"#])
    func length(_ pattern: String) throws {
        let tokenizer = try Self.tokenizer(Self.split(pattern))
        let text = String(repeating: "The end. ", count: 20_000)
        let encoding = try tokenizer.encode(text, options: EncodingOptions(addsSpecialTokens: false))
        #expect(encoding.offsets.last?.upperBound == text.utf8.count)
    }
}
