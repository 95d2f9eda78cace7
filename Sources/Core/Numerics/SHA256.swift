/// The SHA-256 digest of bytes that come in parts (FIPS 180-4).
package struct SHA256: Sendable {
    private var state: [UInt32] = [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
    ]
    private var schedule = [UInt32](repeating: 0, count: 64)
    /// Bytes of a block that is not full.
    private var rest: [UInt8] = []
    private var byteCount: UInt64 = 0

    package init() { rest.reserveCapacity(128) }

    /// Adds bytes.
    package mutating func update(_ bytes: RawSpan) {
        byteCount += UInt64(bytes.byteCount)
        var start = 0
        if !rest.isEmpty {
            start = min(64 - rest.count, bytes.byteCount)
            for index in 0..<start { rest.append(bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self)) }
            guard rest.count == 64 else { return }
            let block = rest
            compress(block.span.bytes, at: 0)
            rest.removeAll(keepingCapacity: true)
        }
        while bytes.byteCount - start >= 64 {
            compress(bytes, at: start)
            start += 64
        }
        for index in start..<bytes.byteCount { rest.append(bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self)) }
    }

    /// Adds bytes.
    package mutating func update(_ bytes: [UInt8]) { update(bytes.span.bytes) }

    /// Adds the text's UTF-8.
    package mutating func update(_ text: String) { update(Array(text.utf8)) }

    /// The digest of what was added, as 64 lowercase hexadecimal digits.
    package var hex: String {
        var last = self
        let bitCount = byteCount &* 8
        let zeros = (119 - Int(byteCount % 64)) % 64
        last.update([0x80] + [UInt8](repeating: 0, count: zeros))
        last.update((0..<8).map { UInt8(truncatingIfNeeded: bitCount >> (56 - 8 * UInt64($0))) })
        return last.state.map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 8 - digits.count) + digits
        }.joined()
    }

    /// The digest of a text's UTF-8, as 64 lowercase hexadecimal digits.
    package static func hex(of text: String) -> String {
        var hash = SHA256()
        hash.update(text)
        return hash.hex
    }

    /// Takes in the 64 bytes from `start` on.
    private mutating func compress(_ bytes: RawSpan, at start: Int) {
        for index in 0..<16 {
            let word = bytes.unsafeLoadUnaligned(fromByteOffset: start + 4 * index, as: UInt32.self)
            schedule[index] = UInt32(bigEndian: word)
        }
        for index in 16..<64 {
            let (early, late) = (schedule[index - 15], schedule[index - 2])
            let first = early.rotated(7) ^ early.rotated(18) ^ (early >> 3)
            let second = late.rotated(17) ^ late.rotated(19) ^ (late >> 10)
            schedule[index] = schedule[index - 16] &+ first &+ schedule[index - 7] &+ second
        }
        var (a, b, c, d) = (state[0], state[1], state[2], state[3])
        var (e, f, g, h) = (state[4], state[5], state[6], state[7])
        for index in 0..<64 {
            let first = h &+ (e.rotated(6) ^ e.rotated(11) ^ e.rotated(25)) &+ ((e & f) ^ (~e & g))
            let mixed = first &+ Self.constants[index] &+ schedule[index]
            let second = (a.rotated(2) ^ a.rotated(13) ^ a.rotated(22)) &+ ((a & b) ^ (a & c) ^ (b & c))
            (h, g, f, e, d, c, b, a) = (g, f, e, d &+ mixed, c, b, a, mixed &+ second)
        }
        for (index, word) in [a, b, c, d, e, f, g, h].enumerated() { state[index] &+= word }
    }

    private static let constants: [UInt32] = [
        0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
        0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
        0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
        0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
        0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
        0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
        0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
        0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
    ]
}

extension UInt32 {
    fileprivate func rotated(_ count: UInt32) -> UInt32 { self >> count | self << (32 - count) }
}
