/// The normalization map of a sentencepiece model, stored as `precompiled_charsmap` in `tokenizer.json`.
///
/// It consists of a double-array trie of strings, and their null-terminated replacements.
struct CharacterMap: Sendable {
    private let units: [UInt32]
    private let forms: [UInt8]
    /// Whether each ASCII character is unchanged.
    private var isInert: [Bool] = []

    /// Parses a map; returns nil if it is invalid.
    init?(_ bytes: [UInt8]) {
        guard bytes.count >= 4 else { return nil }
        func word(_ index: Int) -> UInt32 {
            (0..<4).reduce(0) { $0 | UInt32(bytes[index + $1]) << UInt32(8 * $1) }
        }
        let size = Int(word(0))
        guard size % 4 == 0, size >= 4, size <= bytes.count - 4 else { return nil }
        units = stride(from: 4, to: 4 + size, by: 4).map(word)
        let forms = Array(bytes[(4 + size)...])
        guard forms.withUnsafeBufferPointer({ UTF8Reader.firstInvalidByte($0) }) == nil else { return nil }
        self.forms = forms
        isInert = (0..<128).map { self.form(of: [UInt8($0)][...]) == nil }
    }

    /// Returns the replacement for the shortest prefix of `key` in the map; nil if there is none.
    private func form(of key: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        // The double array of https://github.com/s-yata/darts-clone.
        func offset(_ unit: UInt32) -> Int { Int((unit >> 10) << ((unit & 0x200) >> 6)) }
        var node = offset(units[0])
        for byte in key {
            guard byte != 0 else { return nil }
            node ^= Int(byte)
            guard node < units.count else { return nil }
            let unit = units[node]
            guard unit & 0x8000_00FF == UInt32(byte) else { return nil }
            node ^= offset(unit)
            guard unit & 0x100 != 0 else { continue }
            guard node < units.count else { return nil }
            let start = Int(units[node] & 0x7FFF_FFFF)
            guard start < forms.count else { return nil }
            return forms[start..<(forms[start...].firstIndex(of: 0) ?? forms.count)]
        }
        return nil
    }

    /// Replaces grapheme clusters if they are short enough, otherwise their scalars, like sentencepiece in Hugging Face
    /// `tokenizers`.
    func apply(to text: inout AlignedText, _ spare: inout AlignedText) {
        if text.isASCII, text.bytes.allSatisfy({ isInert[Int($0)] }) { return }
        var changes: [(scalar: UInt32, change: Int)] = []
        changes.reserveCapacity(text.count)
        var isChanged = false
        let bytes = text.bytes
        GraphemeRanges.forEach(in: text) { cluster in
            if cluster.count < 6, let form = form(of: bytes[cluster]) {
                isChanged = true
                return Self.append(form, for: bytes[cluster], to: &changes)
            }
            var i = cluster.lowerBound
            while i < cluster.upperBound {
                let (scalar, width) = text.scalar(at: i)
                let part = bytes[i..<i + width]
                i += width
                if cluster.count != width, let form = form(of: part) {
                    isChanged = true
                    Self.append(form, for: part, to: &changes)
                } else {
                    changes.append((scalar, 0))
                }
            }
        }
        guard isChanged else { return }
        var rewriter = Rewriter(text, into: spare)
        for (scalar, change) in changes { rewriter.append(scalar, change: change) }
        spare = text
        text = rewriter.new
    }

    private static func append(
        _ form: ArraySlice<UInt8>, for old: ArraySlice<UInt8>, to changes: inout [(scalar: UInt32, change: Int)]
    ) {
        func scalars(_ bytes: ArraySlice<UInt8>) -> Int { bytes.count { $0 & 0xC0 != 0x80 } }
        form.withUnsafeBufferPointer { form in
            guard let base = form.baseAddress else { return }
            var i = 0
            while i < form.count {
                let (scalar, width) = UTF8Reader.scalar(base, at: i)
                changes.append((scalar, 0))
                i += width
            }
        }
        let difference = scalars(form) - scalars(old)
        if difference > 0 {
            for i in changes.indices.suffix(difference) { changes[i].change = 1 }
        } else if difference < 0, let last = changes.indices.last {
            // If nothing is left of the replaced scalars, this is the previous scalar, regardless of its own change.
            changes[last].change += difference
        }
    }
}

/// The extended grapheme clusters of a text (Unicode Standard Annex #29).
enum GraphemeRanges {
    static func forEach(in text: AlignedText, _ body: (Range<Int>) -> Void) {
        let bytes = text.bytes
        var i = 0
        while i < bytes.count {
            let (scalar, width) = text.scalar(at: i)
            let next = i + width
            if isPlain(scalar), next >= bytes.count || isPlain(text.scalar(at: next).scalar) {
                body(i..<next)
                i = next
                continue
            }
            // Search up to two consecutive plain scalars, between which there is always a boundary.
            var end = next
            var wasPlain = isPlain(scalar)
            while end < bytes.count {
                let (scalar, width) = text.scalar(at: end)
                let plain = isPlain(scalar)
                if plain, wasPlain { break }
                wasPlain = plain
                end += width
            }
            var start = i
            for character in String(decoding: bytes[i..<end], as: UTF8.self) {
                let width = character.utf8.count
                body(start..<start + width)
                start += width
            }
            i = end
        }
    }

    /// Returns whether a scalar is plain. There is always a boundary between two plain scalars.
    @inline(__always)
    private static func isPlain(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0x20...0x7E, 0xC0...0x2FF, 0x370...0x482, 0x48A...0x52F, 0x5D0...0x5EA, 0x620...0x64A, 0x3041...0x3096,
            0x30A0...0x30FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xAC00...0xD7A3, 0xFF01...0xFF60:
            true
        default: false
        }
    }
}
