import BertJSON

/// A writer of JSON for large responses.
struct JSONBytes {
    private(set) var bytes: [UInt8] = []

    init(reserving count: Int = 0) { bytes.reserveCapacity(count) }

    mutating func raw(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    mutating func value(_ value: JSONValue) { bytes.append(contentsOf: value.serializedBytes()) }

    mutating func int(_ value: Int) {
        var text = value.description
        text.withUTF8 { bytes.append(contentsOf: $0) }
    }

    /// Appends the shortest representation that parses to the same number, or `null` for NaN and infinity.
    mutating func float(_ value: Float) {
        guard value.isFinite else { return raw("null") }
        var text = value.description
        text.withUTF8 { bytes.append(contentsOf: $0) }
    }

    mutating func floats(_ values: [Float]) {
        raw("[")
        for (index, value) in values.enumerated() {
            if index > 0 { raw(",") }
            float(value)
        }
        raw("]")
    }

    mutating func list<Element>(_ elements: [Element], _ write: (inout JSONBytes, Element) -> Void) {
        raw("[")
        for (index, element) in elements.enumerated() {
            if index > 0 { raw(",") }
            write(&self, element)
        }
        raw("]")
    }

    /// Appends the little-endian float32 values as a base64 string.
    mutating func base64(_ values: [Float]) {
        raw("\"")
        // All platforms supported by Swift are little-endian.
        let source = values.withUnsafeBytes { Array($0) }
        bytes.append(contentsOf: Base64.encoded(source))
        raw("\"")
    }
}

/// Base64 with the standard alphabet and padding (RFC 4648, section 4).
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encoded(_ source: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: (source.count + 2) / 3 * 4) { buffer, count in
            alphabet.withUnsafeBufferPointer { alphabet in
                var index = 0
                while index < source.count {
                    let left = source.count - index
                    let first = UInt32(source[index])
                    let second = left > 1 ? UInt32(source[index + 1]) : 0
                    let third = left > 2 ? UInt32(source[index + 2]) : 0
                    let bits = first << 16 | second << 8 | third
                    buffer[count] = alphabet[Int(bits >> 18)]
                    buffer[count + 1] = alphabet[Int(bits >> 12 & 63)]
                    buffer[count + 2] = left > 1 ? alphabet[Int(bits >> 6 & 63)] : UInt8(ascii: "=")
                    buffer[count + 3] = left > 2 ? alphabet[Int(bits & 63)] : UInt8(ascii: "=")
                    count += 4
                    index += 3
                }
            }
        }
    }
}
