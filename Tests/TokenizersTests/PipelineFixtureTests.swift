import BertJSON
import BertTokenizers
import Foundation
import Testing

/// Compares tokenizers of every kind with Hugging Face `tokenizers` for the same file and text.
@Suite struct PipelineFixtureTests {
    static let folder =
        ProcessInfo.processInfo.environment["PIPELINE_FIXTURES"]
        ?? TokenizerFixtures.path("tokenizers/pipelines")
    static let names: [String] =
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
        .filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()

    /// Returns the tokenizer.json of a fixture. Its character map is stored in a separate file.
    static func file(_ name: String) throws -> (tokenizer: [UInt8], cases: [JSONNode]) {
        let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name).json")))
        let fixture = try JSONNode(parsing: bytes, source: name)
        let map = try Data(TokenizerFixtures.bytes("tokenizers/pipelines/nmt_nfkc.charsmap")).base64EncodedString()
        let text = try fixture.required("tokenizer").value.serialized().replacing("@nmt_nfkc", with: map)
        return (Array(text.utf8), try fixture.required("cases").elements())
    }

    static func tokenizer(_ name: String) throws -> any Tokenizer {
        try Tokenizers.load(TokenizerFiles(name: name, contents: ["tokenizer.json": file(name).tokenizer]))
    }

    @Test("Nothing is left out") func complete() { #expect(Self.names.count > 20) }

    @Test("Every field of every case is the same", arguments: names)
    func cases(_ name: String) throws {
        let (file, cases) = try Self.file(name)
        let tokenizer = try Tokenizers.load(TokenizerFiles(name: name, contents: ["tokenizer.json": file]))
        try #require(!cases.isEmpty)
        for row in cases {
            let (text, pair) = (try row.required("text").string(), try row["pair"]?.string())
            var options = try EncodingFixtureTests.options(row)
            options.addsSpecialTokens = try row["add_special_tokens"]?.bool() ?? true
            options.truncationSide = try row["side"].flatMap { Side(rawValue: try $0.string()) } ?? .right
            guard row["error"] == nil, row["panic"] == nil else {
                // If the library itself failed, the test only checks that there is no trap.
                let encoding = try? tokenizer.encode(text, pair: pair, options: options)
                #expect(encoding == nil || row["panic"] != nil, "\(text.debugDescription)")
                continue
            }
            let encoding = try tokenizer.encode(text, pair: pair, options: options)
            try EncodingFixtureTests().expect(encoding, equals: row, text: text, pair: pair)
            let overflow = try row["overflow"]?.elements() ?? []
            try #require(encoding.overflow.count == overflow.count)
            for (window, expected) in zip(encoding.overflow, overflow) {
                try EncodingFixtureTests().expect(window, equals: expected, text: text, pair: pair)
            }
            for (key, skips) in [("decoded", true), ("decoded_all", false)] {
                let decoded = tokenizer.decode(encoding.ids, skipsSpecialTokens: skips)
                #expect(
                    try Array(decoded.unicodeScalars) == Array(row.required(key).string().unicodeScalars),
                    "\(decoded.debugDescription) \(encoding.ids)")
            }
        }
    }
}
