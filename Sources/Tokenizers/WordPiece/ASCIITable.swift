/// What a normalizer and the splitting into words make of each byte below 128.
struct ASCIITable: Sendable {
    enum Kind: UInt8 {
        /// Part of a word.
        case word
        case whitespace
        case punctuation
        /// Anything the table is not enough for.
        case other
    }

    /// By byte; bytes from 128 are `other`.
    let kinds: InlineArray<256, Kind>
    /// By byte, for parts of words; 0 for all other bytes.
    let lowercase: InlineArray<256, UInt8>

    init(_ normalizer: BertNormalizer) {
        var kinds = InlineArray<256, Kind>(repeating: .other)
        var lowercase = InlineArray<256, UInt8>(repeating: 0)
        for byte in 1..<128 {
            let entry = UnicodeTable.shared[UInt32(byte)]
            if entry.isWhitespace, !(normalizer.cleansText && entry.isRemoved) {
                kinds[byte] = .whitespace
            } else if entry.isPunctuation {
                kinds[byte] = .punctuation
            } else if !(normalizer.cleansText && entry.isRemoved) {
                kinds[byte] = .word
                let lowered = UnicodeTable.shared.lowercase(entry).first ?? UInt32(byte)
                lowercase[byte] = normalizer.lowercases ? UInt8(truncatingIfNeeded: lowered) : UInt8(byte)
            }
        }
        self.kinds = kinds
        self.lowercase = lowercase
    }
}
