import BertJSON
import BertTokenizers
import Foundation
import TestSupport

/// The texts and expected results in `Tests/Fixtures/tokenizers`.
enum TokenizerFixtures {
    static func path(_ relative: String) -> String { Fixtures.path(relative) }

    static func bytes(_ relative: String) throws -> [UInt8] {
        try [UInt8](Data(contentsOf: URL(fileURLWithPath: Fixtures.path(relative))))
    }

    static func json(_ relative: String) throws -> JSONNode {
        try JSONNode(parsing: bytes(relative), source: relative)
    }

    /// Returns the 400 texts.
    static func texts() throws -> [String] {
        try json("tokenizers/texts.json").required("texts").elements().map { try $0.string() }
    }

    /// Returns a tokenizer with MiniLM's vocabulary.
    static func wordPiece(_ configuration: WordPieceConfiguration = WordPieceConfiguration()) throws
        -> WordPieceTokenizer
    {
        try bytes("tokenizers/wordpiece/vocab.txt").withUnsafeBufferPointer {
            try WordPieceTokenizer(vocabTxt: $0, configuration: configuration)
        }
    }
}

extension JSONNode {
    func ints() throws -> [Int] { try elements().map { try $0.int() } }
    func strings() throws -> [String] { try elements().map { try $0.string() } }
    func ranges() throws -> [Range<Int>] {
        try elements().map {
            let ends = try $0.ints()
            // If scalars are reordered, the library's end can be less than its start.
            return ends[0]..<max(ends[0], ends[1])
        }
    }
}

extension Collection<Int32> {
    var ints: [Int] { map { Int($0) } }
}
