/// How a normalizer and the splitting into words treat each byte below 128.
final class ASCIITable: @unchecked Sendable {
    // Sendable because the memory is written by `init` only.
    enum Kind: UInt8 {
        /// Part of a word.
        case word
        case whitespace
        case punctuation
        /// Anything the table is not enough for.
        case other
    }

    /// By byte; bytes from 128 are `other`.
    let kinds: UnsafeMutablePointer<Kind>
    /// By byte, for parts of words; 0 for all other bytes.
    let lowercase: UnsafeMutablePointer<UInt8>

    init(_ normalizer: BertNormalizer) {
        kinds = .allocate(capacity: 256)
        kinds.initialize(repeating: .other, count: 256)
        lowercase = .allocate(capacity: 256)
        lowercase.initialize(repeating: 0, count: 256)
        for byte in 1..<128 {
            let entry = UnicodeTable.shared[UInt32(byte)]
            if normalizer.cleansText, entry.isRemoved { continue }
            if entry.isWhitespace {
                kinds[byte] = .whitespace
            } else if entry.isPunctuation {
                kinds[byte] = .punctuation
            } else {
                kinds[byte] = .word
                let lowered = UnicodeTable.shared.lowercase(entry).first ?? UInt32(byte)
                lowercase[byte] = normalizer.lowercases ? UInt8(truncatingIfNeeded: lowered) : UInt8(byte)
            }
        }
    }

    deinit {
        kinds.deallocate()
        lowercase.deallocate()
    }
}
