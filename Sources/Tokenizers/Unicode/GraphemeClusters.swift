/// The boundaries of extended grapheme clusters, like `\X` in Hugging Face `tokenizers`
/// (Unicode Standard Annex #29).
enum GraphemeClusters {
    private static let joiner: UInt32 = 0x200D

    /// Returns the end of the cluster that starts at `start`.
    static func end(_ text: UnsafePointer<UInt8>, _ start: Int, _ count: Int) -> Int {
        let (first, width) = UTF8Reader.scalar(text, at: start)
        var last = first
        var place = start + width
        var lastCluster = UnicodeProperties.shared[last].cluster
        // Whether a pictographic scalar, and then only what extends it, was last.
        var isPicture = lastCluster == .pictographic
        var indicators = isRegionalIndicator(last) ? 1 : 0
        while place < count {
            let (next, nextWidth) = UTF8Reader.scalar(text, at: place)
            let cluster = UnicodeProperties.shared[next].cluster
            if last == 0x0D, next == 0x0A { return place + nextWidth }
            if lastCluster == .control || cluster == .control { return place }
            let continues =
                cluster == .extend || cluster == .spacingMark || lastCluster == .prepend
                || isHangul(last, next) || isPicture && last == joiner && cluster == .pictographic
                || indicators % 2 == 1 && isRegionalIndicator(next)
            guard continues else { return place }
            indicators = isRegionalIndicator(next) ? indicators + 1 : 0
            isPicture = cluster == .pictographic || isPicture && cluster == .extend
            (last, lastCluster) = (next, cluster)
            place += nextWidth
        }
        return place
    }

    private static func isRegionalIndicator(_ scalar: UInt32) -> Bool { (0x1F1E6...0x1F1FF).contains(scalar) }

    /// Returns whether two jamo or syllables belong to the same syllable.
    private static func isHangul(_ first: UInt32, _ second: UInt32) -> Bool {
        enum Kind { case leading, vowel, trailing, open, closed }
        func kind(_ scalar: UInt32) -> Kind? {
            switch scalar {
            case 0x1100...0x115F, 0xA960...0xA97C: .leading
            case 0x1160...0x11A7, 0xD7B0...0xD7C6: .vowel
            case 0x11A8...0x11FF, 0xD7CB...0xD7FB: .trailing
            case 0xAC00...0xD7A3: (scalar - 0xAC00) % 28 == 0 ? .open : .closed
            default: nil
            }
        }
        guard let first = kind(first), let second = kind(second) else { return false }
        return switch (first, second) {
        case (.leading, .leading), (.leading, .vowel), (.leading, .open), (.leading, .closed): true
        case (.open, .vowel), (.open, .trailing), (.vowel, .vowel), (.vowel, .trailing): true
        case (.closed, .trailing), (.trailing, .trailing): true
        default: false
        }
    }
}
