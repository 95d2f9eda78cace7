import BertTokenizers
import Testing

/// Tests the errors of sentencepiece models that are damaged or have no class.
@Suite struct SentencePieceLoadingTests {
    private static func load(_ model: [UInt8], tokenizerClass: String = "DebertaV2Tokenizer") throws -> any Tokenizer {
        try Tokenizers.load(
            TokenizerFiles(
                name: "model",
                contents: [
                    "spm.model": model,
                    "tokenizer_config.json": Array(#"{"tokenizer_class":"\#(tokenizerClass)"}"#.utf8),
                ]))
    }

    /// Returns a length-delimited field.
    private static func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
        [number << 3 | 2, UInt8(content.count)] + content
    }

    private static func piece(_ text: String, score: Float = 0, type: UInt8 = 1) -> [UInt8] {
        let bits = score.bitPattern
        return field(
            1,
            field(1, Array(text.utf8)) + [2 << 3 | 5] + (0..<4).map { UInt8(truncatingIfNeeded: bits >> (8 * $0)) }
                + [3 << 3, type])
    }

    private static let pieces =
        piece("[UNK]", type: 2) + piece("[CLS]", type: 3) + piece("[SEP]", type: 3) + piece("\u{2581}a", score: -1)

    @Test("The least that there can be")
    func least() throws {
        let tokenizer = try Self.load(Self.pieces)
        #expect(try tokenizer.encode("a b").ids == [1, 3, 0, 2])
        #expect(tokenizer.specialTokens.mask == 5)
    }

    @Test("Every cut of a model is read or refused, never a trap")
    func cuts() throws {
        for count in Self.pieces.indices {
            do { _ = try Self.load(Array(Self.pieces[..<count])) } catch let error as TokenizerError {
                #expect([.malformedFile, .missingToken].contains(error.code))
                #expect(error.file == "model/spm.model")
            }
        }
    }

    @Test(
        "Damage is named",
        arguments: [
            [], Array("not a model".utf8), [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],
            field(1, field(1, [0xFF])), piece("a", score: .nan), piece("a", type: 9),
            // unk_id 9, and a word model.
            pieces + field(2, [0xC0, 0x02, 9]), pieces + field(2, [3 << 3, 77]),
            // An invalid character map.
            pieces + field(3, field(2, [1, 2, 3])),
        ] as [[UInt8]])
    func damage(_ model: [UInt8]) throws {
        let error = try #require(throws: TokenizerError.self) { try Self.load(model) }
        #expect(error.code == .malformedFile)
        #expect(error.file == "model/spm.model")
    }

    @Test("A model of words or characters is not supported")
    func kinds() throws {
        let error = try #require(throws: TokenizerError.self) {
            try Self.load(Self.pieces + Self.field(2, [3 << 3, 3]))
        }
        #expect(error.code == .unsupportedComponent)
        #expect(error.key == "trainer_spec.model_type")
    }

    @Test("A file name that several classes have is not enough, and the error says so")
    func noClass() throws {
        let error = try #require(throws: TokenizerError.self) {
            try Tokenizers.load(TokenizerFiles(name: "model", contents: ["spiece.model": Self.pieces]))
        }
        #expect(error.code == .unsupportedComponent)
        #expect(error.key == "tokenizer_class")
        #expect(error.value == "spiece.model")
    }
}
