import BertTokenizers
import Testing

/// Tests that no input traps, and that every byte is covered by a token.
@Suite struct TokenizerFuzzTests {
    /// SplitMix64, so that failures are reproducible.
    struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    /// A tenth of a number in debug builds, which are slow. Release builds check bounds and overflow, too.
    static func rounds(_ count: Int) -> Int {
        #if DEBUG
            count / 10
        #else
            count
        #endif
    }

    static let ranges: [ClosedRange<UInt32>] = [
        0x00...0x7F, 0x20...0x7E, 0x80...0x24F, 0x300...0x36F, 0x370...0x52F, 0x590...0x6FF, 0x900...0xDFF,
        0xF71...0xF84,
        0x1E00...0x206F, 0x3000...0x30FF, 0x4E00...0x4EFF, 0xAC00...0xAD00, 0xF900...0xFB4F, 0xFE00...0xFFFF,
        0x1D15E...0x1D172, 0x1F300...0x1F64F, 0x20000...0x20100, 0xE0000...0xE01EF, 0x0...0x10FFFF,
    ]

    static func text(_ generator: inout Generator) -> String {
        var text = ""
        for _ in 0..<Int.random(in: 0...30, using: &generator) {
            let scalars = UInt32.random(
                in: ranges[Int.random(in: 0..<ranges.count, using: &generator)], using: &generator)
            if let scalar = Unicode.Scalar(scalars) { text.unicodeScalars.append(scalar) }
            switch Int.random(in: 0..<40, using: &generator) {
            case 0: text += "[MASK]"
            case 1: text += " <lr> "
            case 2: text += String(repeating: "x\u{301}", count: 60)
            case 3: text += String(repeating: "y", count: 120)
            default: break
            }
        }
        return text
    }

    /// Returns whether a scalar of a text can be missing from all tokens.
    static func vanishes(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.properties.isWhitespace || scalar.value == 0xFFFD { return true }
        switch scalar.properties.generalCategory {
        case .control, .format, .privateUse, .nonspacingMark, .spacingMark: return true
        default: return false
        }
    }

    static func tokenizers() throws -> [any Tokenizer] {
        var cased = WordPieceConfiguration()
        cased.normalizer = BertNormalizer(cleansText: false, splitsChineseCharacters: false, lowercases: false)
        cased.maxScalarsPerWord = 3
        cased.neverSplit = ["ab", "é"]
        return [
            try TokenizerFixtures.wordPiece(), try TokenizerFixtures.wordPiece(cased),
            try Tokenizers.load(folder: TokenizerFixtures.path("tokenizers/wordpiece/random")),
        ]
    }

    @Test("Random texts: offsets ascend, and what no token stands for is nothing")
    func texts() throws {
        var generator = Generator(state: 7)
        for (index, tokenizer) in try Self.tokenizers().enumerated() {
            for _ in 0..<Self.rounds(index == 0 ? 10_000 : 2_000) {
                let text = Self.text(&generator)
                let encoding = try tokenizer.encode(text, options: EncodingOptions(addsSpecialTokens: false))
                let bytes = Array(text.utf8)
                var covered = [Bool](repeating: false, count: bytes.count)
                var last = 0..<0
                for range in encoding.offsets {
                    try #require(
                        range.lowerBound >= last.lowerBound && range.upperBound >= last.upperBound
                            && range.upperBound <= bytes.count && !range.isEmpty, "\(text.debugDescription) \(range)")
                    for i in range { covered[i] = true }
                    last = range
                }
                var position = 0
                for scalar in text.unicodeScalars {
                    let width = UTF8.width(scalar)
                    let isCovered = covered[position..<position + width]
                    try #require(isCovered.allSatisfy { $0 == isCovered.first }, "cut: \(text.debugDescription)")
                    if isCovered.first == false {
                        try #require(Self.vanishes(scalar), "lost \(scalar.value) of \(text.debugDescription)")
                    }
                    position += width
                }
                let words = encoding.wordIDs.compactMap { $0 }
                try #require(words.count == encoding.count && words == words.sorted())
            }
        }
    }

    @Test("Random byte strings: encoded if they are UTF-8, else refused at the first byte that is not")
    func bytes() throws {
        let tokenizer = try TokenizerFixtures.wordPiece()
        var generator = Generator(state: 8)
        let interesting: [UInt8] = [
            0x41, 0x7F, 0x80, 0xA0, 0xBF, 0xC0, 0xC2, 0xDF, 0xE0, 0xED, 0xEF, 0xF0, 0xF4, 0xF5, 0xFF,
        ]
        for _ in 0..<Self.rounds(10_000) {
            var bytes = Array(Self.text(&generator).utf8.prefix(Int.random(in: 0...40, using: &generator)))
            if Bool.random(using: &generator) {
                bytes += (0..<4).map { _ in interesting[Int.random(in: 0..<interesting.count, using: &generator)] }
            }
            if String(validating: bytes, as: UTF8.self) != nil {
                let encoding = try tokenizer.encode(utf8: bytes)
                #expect(try encoding.ids == tokenizer.encode(String(decoding: bytes, as: UTF8.self)).ids)
                continue
            }
            // The longest valid prefix.
            let position = try #require(
                (0...bytes.count).last { String(validating: bytes[..<$0], as: UTF8.self) != nil })
            let error = #expect(throws: TokenizerError.self) { try tokenizer.encode(utf8: bytes) }
            #expect(error?.code == .invalidUTF8)
            #expect(error?.value == .int(position), "\(bytes): \(error?.message ?? "")")
        }
    }

    @Test("A damaged tokenizer.json is refused or read, and never traps", arguments: [1, 2, 3])
    func damagedFiles(_ seed: UInt64) throws {
        let whole = try TokenizerFixtures.bytes("models/bert-base/tokenizer.json")
        var generator = Generator(state: seed)
        for round in 0..<Self.rounds(150) {
            var bytes = whole
            if round % 3 == 0 {
                bytes.removeLast(Int.random(in: 1..<bytes.count, using: &generator))
            } else {
                for _ in 0..<Int.random(in: 1...3, using: &generator) {
                    let value = UInt8.random(in: round % 3 == 1 ? 0x20...0x7E : 0...255, using: &generator)
                    bytes[Int.random(in: 0..<bytes.count, using: &generator)] = value
                }
            }
            let files = TokenizerFiles(name: "damaged", contents: ["tokenizer.json": bytes])
            do {
                _ = try Tokenizers.load(files).encode("Hello, wörld! [MASK]", pair: "x")
            } catch {
                #expect(!error.message.isEmpty)
            }
        }
    }
}
