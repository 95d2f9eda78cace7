/// The alphabet of byte-level BPE, which maps each byte to a printable character.
///
/// Corresponds to `bytes_to_unicode` in GPT-2.
enum ByteAlphabet {
    /// The scalar for each byte.
    static let scalars: [UInt32] = {
        var scalars = [UInt32](repeating: 0, count: 256)
        var next: UInt32 = 256
        for byte in 0..<256 {
            switch byte {
            case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: scalars[byte] = UInt32(byte)
            default:
                scalars[byte] = next
                next += 1
            }
        }
        return scalars
    }()

    /// The byte for each scalar below 324; -1 for scalars outside the alphabet.
    private static let bytes: [Int16] = {
        var bytes = [Int16](repeating: -1, count: 324)
        for (byte, scalar) in scalars.enumerated() { bytes[Int(scalar)] = Int16(byte) }
        return bytes
    }()

    /// Returns the byte for a scalar; nil if the scalar isn't in the alphabet.
    static func byte(of scalar: UInt32) -> UInt8? {
        guard scalar < 324 else { return nil }
        return UInt8(exactly: bytes[Int(scalar)])
    }

    /// Replaces each byte by its character.
    static func spell(_ text: inout AlignedText, _ spare: inout AlignedText) {
        spare.removeAll()
        spare.origin = text.origin
        for i in text.bytes.indices { spare.append(scalars[Int(text.bytes[i])], text.starts[i], text.ends[i]) }
        swap(&text, &spare)
    }

    /// Returns the bytes for a string; nil if a character isn't in the alphabet.
    static func bytes(of spelling: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        guard let base = spelling.baseAddress else { return [] }
        var result: [UInt8] = []
        var i = 0
        while i < spelling.count {
            let (scalar, width) = UTF8Reader.scalar(base, at: i)
            guard let byte = byte(of: scalar) else { return nil }
            result.append(byte)
            i += width
        }
        return result
    }
}
