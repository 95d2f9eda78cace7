extension JSONParser {
    /// Parses a string whose opening quote is at `position`.
    mutating func parseString() throws(JSONError) -> String {
        position += 1
        let start = position
        guard try skipPlainCharacters() == UInt8(ascii: "\"") else { return try parseEscapedString(from: start) }
        defer { position += 1 }
        return String(decoding: UnsafeRawBufferPointer(rebasing: bytes[start..<position]), as: UTF8.self)
    }

    /// Parses the rest of a string from the first backslash, which is at `position`.
    private mutating func parseEscapedString(from start: Int) throws(JSONError) -> String {
        var text = Array(bytes[start..<position])
        while true {
            try appendEscape(to: &text)
            let plain = position
            let stop = try skipPlainCharacters()
            text.append(contentsOf: bytes[plain..<position])
            if stop == UInt8(ascii: "\"") {
                position += 1
                return String(decoding: text, as: UTF8.self)
            }
        }
    }

    /// Advances to the next quote or backslash and returns it, validating UTF-8.
    private mutating func skipPlainCharacters() throws(JSONError) -> UInt8 {
        while position < bytes.count {
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): return byte
            case 0..<0x20:
                throw failure(.unexpectedCharacter, "\(found()) must be escaped in a string")
            case 0..<0x80: position += 1
            default:
                guard let length = scalarLength(at: position) else {
                    throw failure(.invalidUTF8, "\(hexadecimal(byte)) is not UTF-8 here")
                }
                position += length
            }
        }
        throw failure(.unexpectedEnd, "the text ends inside a string")
    }

    private mutating func appendEscape(to text: inout [UInt8]) throws(JSONError) {
        let start = position
        guard position + 1 < bytes.count else { throw failure(.unexpectedEnd, "the text ends inside a string") }
        position += 1
        switch bytes[position] {
        case UInt8(ascii: "\""): text.append(UInt8(ascii: "\""))
        case UInt8(ascii: "\\"): text.append(UInt8(ascii: "\\"))
        case UInt8(ascii: "/"): text.append(UInt8(ascii: "/"))
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0c)
        case UInt8(ascii: "n"): text.append(0x0a)
        case UInt8(ascii: "r"): text.append(0x0d)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            position += 1
            text.append(contentsOf: Array(String(try unicodeEscape(start)).utf8))
            return
        default:
            throw failure(.invalidEscape, "a backslash may not be followed by \(found())", at: start)
        }
        position += 1
    }

    /// Parses the digits after `\u`, and the second escape of a surrogate pair.
    private mutating func unicodeEscape(_ start: Int) throws(JSONError) -> Unicode.Scalar {
        let first = try hexadecimalDigits()
        if let scalar = Unicode.Scalar(first) { return scalar }
        let isHigh = (0xd800..<0xdc00).contains(first)
        let following = bytes[position..<min(position + 2, bytes.count)]
        if isHigh, following.count < 2, [UInt8(ascii: "\\"), UInt8(ascii: "u")].starts(with: following) {
            throw failure(.unexpectedEnd, "the text ends inside a string")
        }
        if isHigh, following.elementsEqual([UInt8(ascii: "\\"), UInt8(ascii: "u")]) {
            let behindFirst = position
            position += 2
            let second = try hexadecimalDigits()
            if (0xdc00..<0xe000).contains(second),
                let scalar = Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00))
            {
                return scalar
            }
            position = behindFirst
        }
        guard options.replacesLoneSurrogates else {
            let digits = String(first, radix: 16)
            throw failure(.loneSurrogate, "\\u\(digits) is half of a pair and its other half is missing", at: start)
        }
        return "\u{fffd}"
    }

    private mutating func hexadecimalDigits() throws(JSONError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard position < bytes.count else { throw failure(.unexpectedEnd, "the text ends inside a string") }
            let digit: UInt8
            switch bytes[position] {
            case let byte where byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case let byte where byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "f"):
                digit = byte | 0x20 - UInt8(ascii: "a") + 10
            default: throw failure(.invalidEscape, "\\u needs four hexadecimal digits, found \(found())")
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }

    /// Returns the number of bytes in the scalar that starts at an offset, or nil if it isn't well-formed (Unicode,
    /// table 3-7).
    func scalarLength(at start: Int) -> Int? {
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xbf
        switch bytes[start] {
        case 0..<0x80: return 1
        case 0xc2...0xdf: length = 2
        case 0xe0: (length, second) = (3, 0xa0...0xbf)
        case 0xed: (length, second) = (3, 0x80...0x9f)
        case 0xe1...0xef: length = 3
        case 0xf0: (length, second) = (4, 0x90...0xbf)
        case 0xf1...0xf3: length = 4
        case 0xf4: (length, second) = (4, 0x80...0x8f)
        default: return nil
        }
        guard length <= bytes.count - start, second.contains(bytes[start + 1]) else { return nil }
        for offset in 2..<max(length, 2) where bytes[start + offset] & 0xc0 != 0x80 { return nil }
        return length
    }
}
