/// A sentencepiece model: the fields of its protocol buffer (`sentencepiece_model.proto`) that are needed for
/// tokenization.
struct SentencePieceModel {
    enum Kind: Int {
        case unigram = 1
        case bpe = 2
        case word = 3
        case character = 4
    }

    enum PieceType: Int {
        case normal = 1
        case unknown = 2
        case control = 3
        case userDefined = 4
        case unused = 5
        case byte = 6
    }

    struct Piece {
        var content: [UInt8] = []
        var score: Float = 0
        var type = PieceType.normal

        var text: String { String(decoding: content, as: UTF8.self) }
    }

    private(set) var pieces: [Piece] = []
    private(set) var kind = Kind.unigram
    private(set) var unknownID = 0
    private(set) var unknownPiece = "<unk>"
    private(set) var byteFallback = false
    /// The character map of the normalizer; empty if texts aren't normalized.
    private(set) var characterMap: [UInt8] = []
    let source: String

    /// Parses a model.
    ///
    /// - Throws: `TokenizerError` if the bytes aren't a sentencepiece model.
    init(_ bytes: [UInt8], source: String) throws(TokenizerError) {
        self.source = source
        do {
            var reader = ProtobufReader(bytes[...])
            while let field = try reader.next() {
                switch (field.number, field.value) {
                case (1, .bytes(let piece)): pieces.append(try Self.piece(piece))
                case (2, .bytes(let trainer)): try readTrainer(trainer)
                case (3, .bytes(let normalizer)): try readNormalizer(normalizer)
                default: break
                }
            }
        } catch {
            throw TokenizerError(
                .malformedFile, "is not a sentencepiece model: \(error.reason) at byte \(error.offset)", file: source,
                value: .int(error.offset))
        }
        guard !pieces.isEmpty else {
            throw TokenizerError(.malformedFile, "is not a sentencepiece model: it has no pieces", file: source)
        }
        guard pieces.indices.contains(unknownID) else {
            throw TokenizerError(
                .malformedFile, "is not the id of a piece", file: source, key: "trainer_spec.unk_id",
                value: .int(unknownID), limit: .int(pieces.count - 1))
        }
    }

    private static func piece(_ bytes: ArraySlice<UInt8>) throws(ProtobufReader.Failure) -> Piece {
        var piece = Piece()
        var reader = ProtobufReader(bytes)
        while let field = try reader.next() {
            switch (field.number, field.value) {
            case (1, .bytes(let content)):
                guard content.withUnsafeBufferPointer({ UTF8Reader.firstInvalidByte($0) }) == nil else {
                    throw ProtobufReader.Failure(reason: "a piece is not UTF-8", offset: content.startIndex)
                }
                piece.content = Array(content)
            case (2, .fixed32(let bits)):
                piece.score = Float(bitPattern: bits)
                guard piece.score.isFinite else {
                    throw ProtobufReader.Failure(reason: "a score is not a number", offset: bytes.startIndex)
                }
            case (3, .varint(let type)):
                guard let type = PieceType(rawValue: Int(truncatingIfNeeded: type)) else {
                    throw ProtobufReader.Failure(reason: "a piece has an unknown type", offset: bytes.startIndex)
                }
                piece.type = type
            default: break
            }
        }
        return piece
    }

    private mutating func readTrainer(_ bytes: ArraySlice<UInt8>) throws(ProtobufReader.Failure) {
        var reader = ProtobufReader(bytes)
        while let field = try reader.next() {
            switch (field.number, field.value) {
            case (3, .varint(let type)):
                guard let kind = Kind(rawValue: Int(truncatingIfNeeded: type)) else {
                    throw ProtobufReader.Failure(reason: "the model type is unknown", offset: bytes.startIndex)
                }
                self.kind = kind
            case (35, .varint(let flag)): byteFallback = flag != 0
            case (40, .varint(let id)): unknownID = Int(Int32(truncatingIfNeeded: id))
            case (45, .bytes(let piece)): unknownPiece = String(decoding: piece, as: UTF8.self)
            default: break
            }
        }
    }

    private mutating func readNormalizer(_ bytes: ArraySlice<UInt8>) throws(ProtobufReader.Failure) {
        var reader = ProtobufReader(bytes)
        while let field = try reader.next() {
            if case (2, .bytes(let map)) = (field.number, field.value) { characterMap = Array(map) }
        }
    }
}

/// A sequential reader for the fields of a protocol buffer message.
struct ProtobufReader {
    struct Failure: Error {
        let reason: String
        /// The byte offset in the file.
        let offset: Int
    }

    enum Value {
        case varint(UInt64)
        case fixed64(UInt64)
        case bytes(ArraySlice<UInt8>)
        case fixed32(UInt32)
    }

    private let bytes: ArraySlice<UInt8>
    private var place: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        place = bytes.startIndex
    }

    /// Returns the next field; nil at the end.
    mutating func next() throws(Failure) -> (number: Int, value: Value)? {
        guard place < bytes.endIndex else { return nil }
        let start = place
        let tag = try varint()
        let number = tag >> 3
        guard number > 0, number < 1 << 29 else { throw Failure(reason: "invalid field number", offset: start) }
        let value: Value
        switch tag & 7 {
        case 0: value = .varint(try varint())
        case 1: value = .fixed64(try fixed(8))
        case 2:
            let count = try varint()
            value = .bytes(try take(count))
        case 5: value = .fixed32(UInt32(truncatingIfNeeded: try fixed(4)))
        default: throw Failure(reason: "invalid wire type \(tag & 7)", offset: start)
        }
        return (Int(number), value)
    }

    private mutating func varint() throws(Failure) -> UInt64 {
        var result: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard place < bytes.endIndex else { throw Failure(reason: "the file ends within a number", offset: place) }
            let byte = bytes[place]
            place += 1
            result |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return result }
        }
        throw Failure(reason: "a number has more than 10 bytes", offset: place)
    }

    private mutating func fixed(_ count: Int) throws(Failure) -> UInt64 {
        try take(UInt64(count)).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private mutating func take(_ count: UInt64) throws(Failure) -> ArraySlice<UInt8> {
        guard count <= UInt64(bytes.endIndex - place) else {
            throw Failure(reason: "the file ends within a field of \(count) bytes", offset: place)
        }
        defer { place += Int(count) }
        return bytes[place..<place + Int(count)]
    }
}
