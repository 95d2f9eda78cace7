/// The treatment of each ASCII byte by a normalizer and by splitting into words.
final class ASCIITable: @unchecked Sendable {
    // Sendable because the memory is written only by `init`.
    enum Kind: UInt8 {
        /// A part of a word.
        case word
        case whitespace
        case punctuation
        /// A byte that requires the general algorithm.
        case other
    }

    /// The kind of each byte; `other` from 128.
    let kinds: UnsafeMutablePointer<Kind>
    /// The lower-case byte for parts of words; 0 for all other bytes.
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
