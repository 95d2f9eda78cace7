package import BertCore
import CBertDigest

/// An incremental SHA-256 hash (FIPS 180-4).
package struct SHA256: Sendable {
    // The first 32 bits of the fractional parts of the square roots of the first eight primes.
    private var state = bert_sha256_state(
        words: (
            0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19
        ))
    /// The bytes of an incomplete block.
    private var rest: [UInt8] = []
    private var count: UInt64 = 0

    /// Creates a hash of no bytes.
    package init() {}

    /// Adds bytes to the hash.
    package mutating func add(_ bytes: UnsafeRawBufferPointer) {
        count += UInt64(bytes.count)
        var bytes = bytes[...]
        if !rest.isEmpty {
            let missing = bytes.prefix(64 - rest.count)
            rest += missing
            bytes = bytes.dropFirst(missing.count)
            guard rest.count == 64 else { return }
            rest.withUnsafeBytes { take($0) }
            rest.removeAll(keepingCapacity: true)
        }
        let whole = bytes.prefix(bytes.count / 64 * 64)
        take(UnsafeRawBufferPointer(rebasing: whole))
        rest += bytes.dropFirst(whole.count)
    }

    private mutating func take(_ blocks: UnsafeRawBufferPointer) {
        guard let start = blocks.baseAddress else { return }
        bert_sha256_blocks(&state, start.assumingMemoryBound(to: UInt8.self), blocks.count / 64)
    }

    /// Returns the digest as 64 lower-case hexadecimal digits.
    package func hexadecimal() -> String {
        var end = self
        let bits = count * 8
        let padding = [0x80] + [UInt8](repeating: 0, count: (119 - rest.count) % 64)
        let length = (0..<8).map { UInt8(truncatingIfNeeded: bits >> (56 - 8 * UInt64($0))) }
        (padding + length).withUnsafeBytes { end.add($0) }
        let digits = Array("0123456789abcdef".utf8)
        return withUnsafeBytes(of: end.state.words) { words in
            String(
                decoding: words.bindMemory(to: UInt32.self).flatMap { word in
                    (0..<8).map { digits[Int(word >> (28 - 4 * UInt32($0)) & 15)] }
                }, as: UTF8.self)
        }
    }

    /// Returns the digest of a buffer.
    package static func hexadecimal(of buffer: HostBuffer) -> String {
        var digest = SHA256()
        buffer.withUnsafeBytes { digest.add($0) }
        return digest.hexadecimal()
    }

    /// Returns the digest of a string in UTF-8.
    package static func hexadecimal(of text: String) -> String {
        var digest = SHA256()
        Array(text.utf8).withUnsafeBytes { digest.add($0) }
        return digest.hexadecimal()
    }
}
