import Bert

/// A decoder that converts UTF-16 to UTF-8.
struct UTF16Decoder: ByteStage {
    private let source: String
    private let isBigEndian: Bool
    /// The first byte of an incomplete code unit, and the first unit of an incomplete surrogate pair.
    private var byte: UInt8?
    private var high: UInt16?

    init(source: String, isBigEndian: Bool) {
        self.source = source
        self.isBigEndian = isBigEndian
    }

    mutating func take(_ bytes: ArraySlice<UInt8>) throws -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        for second in bytes {
            guard let first = byte else {
                byte = second
                continue
            }
            byte = nil
            let unit = isBigEndian ? UInt16(first) << 8 | UInt16(second) : UInt16(second) << 8 | UInt16(first)
            switch (high, unit) {
            case (nil, 0xd800...0xdbff): high = unit
            case (nil, 0xdc00...0xdfff): throw failure("half of a surrogate pair")
            case (nil, _): Self.append(UInt32(unit), to: &result)
            case (let high?, 0xdc00...0xdfff):
                Self.append(0x10000 + (UInt32(high) - 0xd800) << 10 + UInt32(unit) - 0xdc00, to: &result)
                self.high = nil
            default: throw failure("half of a surrogate pair")
            }
        }
        return result
    }

    mutating func finish() throws -> [UInt8] {
        guard byte == nil, high == nil else { throw failure("the text ends inside a character") }
        return []
    }

    private static func append(_ value: UInt32, to result: inout [UInt8]) {
        if value < 0x80 {
            result.append(UInt8(value))
        } else if let scalar = Unicode.Scalar(value) {
            result += UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter
        }
    }

    private func failure(_ reason: String) -> BertError {
        BertError(.invalidInput, "the text is not valid UTF-16: \(reason)", file: source)
    }
}
