/// A reader for the numbers in a generated table.
struct DigitReader {
    private var cursor: UnsafePointer<UInt8>
    private var left: Int

    init(_ text: StaticString) {
        cursor = text.utf8Start
        left = text.utf8CodeUnitCount
    }

    /// Returns the next number, or 0 at the end.
    mutating func next() -> UInt32 {
        var value: UInt32 = 0
        var shift: UInt32 = 0
        while left > 0 {
            let digit = Self.value(cursor.pointee)
            cursor += 1
            left -= 1
            value |= (digit & 31) << shift
            if digit < 32 { break }
            shift += 5
        }
        return value
    }

    private static func value(_ byte: UInt8) -> UInt32 {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(byte - UInt8(ascii: "A")) + 10
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(byte - UInt8(ascii: "a")) + 36
        case UInt8(ascii: "+"): 62
        default: 63
        }
    }
}
