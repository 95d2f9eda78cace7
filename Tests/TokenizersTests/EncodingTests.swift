import BertTokenizers
import Testing

/// Tests errors, counts and units without fixtures.
@Suite struct EncodingTests {
    @Test("A text that is too long is an error with both counts, unless it may be cut")
    func tooLong() throws {
        let tokenizer = try TokenizerFixtures.wordPiece()
        let text = Array(repeating: "hello", count: 698).joined(separator: " ")
        let error = #expect(throws: TokenizerError.self) {
            try tokenizer.encode(text, options: EncodingOptions(maxLength: 512))
        }
        #expect(error?.code == .tooManyTokens)
        #expect(error?.value == 700)
        #expect(error?.limit == 512)
        let cut = try tokenizer.encode(text, options: EncodingOptions(maxLength: 512, truncation: .longestFirst))
        #expect(cut.count == 512)
        #expect(cut.fullCount == 700)
        #expect(cut.overflow.count == 1)
        #expect(try tokenizer.tokenCount(text) == 700)
        #expect(try tokenizer.tokenCount(text, pair: "world", addsSpecialTokens: false) == 699)
        #expect(cut.ids.last == tokenizer.specialTokens.separator)
        let whole = try tokenizer.encode(text, options: EncodingOptions(maxLength: 512, truncation: .doNotTruncate))
        #expect(whole.count == 700)
        #expect(try tokenizer.encode(text, options: EncodingOptions(maxLength: 700)).count == 700)
    }

    @Test(
        "Arguments that make no sense are errors",
        arguments: [
            EncodingOptions(maxLength: 1, truncation: .longestFirst), EncodingOptions(maxLength: -4),
            EncodingOptions(maxLength: 6, truncation: .longestFirst, stride: 4),
            EncodingOptions(maxLength: 6, truncation: .longestFirst, stride: .max),
            EncodingOptions(stride: -1), EncodingOptions(maxLength: .min, truncation: .onlyFirst),
            EncodingOptions(maxLength: 5, truncation: .onlySecond),
        ])
    func badArguments(_ options: EncodingOptions) throws {
        let tokenizer = try TokenizerFixtures.wordPiece()
        #expect(throws: TokenizerError.self) { try tokenizer.encode("a b c d e f g h", options: options) }
    }

    @Test("Padding that makes no sense is an error")
    func badPadding() throws {
        let tokenizer = try TokenizerFixtures.wordPiece()
        let encoding = try tokenizer.encode("a")
        for padding in [
            Padding(multiple: 0), Padding(length: .fixed(.max)), Padding(length: .fixed(.max), multiple: .max),
        ] {
            #expect(throws: TokenizerError.self) { try tokenizer.padded([encoding], padding) }
        }
        #expect(try tokenizer.padded([encoding], Padding(length: .fixed(.min)))[0].count == 3)
        #expect(try tokenizer.padded([]).isEmpty)
    }

    @Test("Offsets are bytes, and scalars on request")
    func units() throws {
        let tokenizer = try TokenizerFixtures.wordPiece()
        let text = "é 東 😀!"
        let encoding = try tokenizer.encode(text, pair: "naïve!")
        #expect(encoding.offsets == [0..<0, 0..<2, 3..<6, 7..<11, 11..<12, 0..<0, 0..<6, 6..<7, 0..<0])
        #expect(
            encoding.scalarOffsets(in: text, pair: "naïve!")
                == [0..<0, 0..<1, 2..<3, 4..<5, 5..<6, 0..<0, 0..<5, 5..<6, 0..<0])
        #expect(encoding.sequenceIDs == [nil, 0, 0, 0, 0, nil, 1, 1, nil])
        #expect(encoding.wordIDs == [nil, 0, 1, 2, 3, nil, 0, 1, nil])
        let converter = OffsetConverter("aé")
        #expect((-1...5).map { converter.scalarOffset($0) } == [0, 0, 1, 1, 2, 2, 2])
    }

    @Test("Words of more than 100 scalars are unknown, marks and all")
    func longWords() throws {
        let tokenizer = try TokenizerFixtures.wordPiece()
        let unknown = try #require(tokenizer.specialTokens.unknown)
        let long = try tokenizer.encode(String(repeating: "é", count: 101))
        #expect(long.ids.dropFirst().first == unknown)
        #expect(long.offsets[1] == 0..<202)
        #expect(try !tokenizer.encode(String(repeating: "a\u{301}", count: 100)).ids.contains(unknown))
        #expect(try tokenizer.encode(String(repeating: "a", count: 5_000_000)).ids.count == 3)
        var configuration = WordPieceConfiguration()
        configuration.maxScalarsPerWord = .max
        #expect(try TokenizerFixtures.wordPiece(configuration).encode(String(repeating: "ab", count: 99)).count > 3)
    }

    @Test("A run of a million marks takes linear time", .timeLimit(.minutes(10)))
    func marks() throws {
        let tokenizer = try TokenizerFixtures.wordPiece()
        let text = "a" + String(repeating: "\u{1D165}\u{301}\u{323}", count: 300_000)
        #expect(try tokenizer.encode(text).count == 3)
    }

    @Test("Decoding leaves out ids that there are not")
    func decodingStrangers() throws {
        let tokenizer = try TokenizerFixtures.wordPiece()
        #expect(tokenizer.decode([-1, 7592, 99_999, .max, .min, 2088, 102]) == "hello world")
        #expect(tokenizer.vocabulary.token(-1) == nil)
        #expect(tokenizer.vocabulary.token(30_522) == nil)
    }
}
