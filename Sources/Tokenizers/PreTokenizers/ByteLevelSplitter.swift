/// A splitter that implements the regular expression of GPT-2 and RoBERTa: `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+|
/// ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`.
enum ByteLevelSplitter {
    private enum Kind: UInt8 {
        case letter, number, space, other
    }

    /// The kind of each ASCII character.
    // Initialized once and never freed.
    nonisolated(unsafe) private static let kinds: UnsafePointer<Kind> = {
        let kinds = UnsafeMutablePointer<Kind>.allocate(capacity: 128)
        for scalar in 0..<128 { (kinds + scalar).initialize(to: kind(ofScalar: UInt32(scalar))) }
        return UnsafePointer(kinds)
    }()

    private static func kind(ofScalar scalar: UInt32) -> Kind {
        let flags = UnicodeClasses.shared[scalar]
        return flags.contains(.letter)
            ? .letter : flags.contains(.number) ? .number : flags.contains(.space) ? .space : .other
    }

    /// Calls `body` with the range of each word. The ranges cover `range` without gaps.
    @inline(__always)
    static func forEachWord(_ text: UnsafePointer<UInt8>, _ range: Range<Int>, _ body: (Range<Int>) -> Void) {
        let kinds = kinds
        let end = range.upperBound

        func kind(_ index: Int) -> (Kind, Int) {
            let byte = text[index]
            if byte < 0x80 { return (kinds[Int(byte)], 1) }
            let (scalar, width) = UTF8Reader.scalar(text, at: index)
            return (Self.kind(ofScalar: scalar), width)
        }

        var start = range.lowerBound
        while start < end {
            if text[start] == 0x27, let length = contraction(text, start, end) {
                body(start..<start + length)
                start += length
                continue
            }
            var i = start
            var (first, width) = kind(i)
            if text[i] == 0x20, i + 1 < end, case let (next, nextWidth) = kind(i + 1), next != .space {
                i += 1
                (first, width) = (next, nextWidth)
            }
            var last = i
            i += width
            while i < end, case let (next, width) = kind(i), next == first {
                last = i
                i += width
            }
            // The last of several spaces belongs to the next word.
            if first == .space, i < end, last > start { i = last }
            body(start..<i)
            start = i
        }
    }

    private static func contraction(_ text: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> Int? {
        guard start + 1 < end else { return nil }
        let first = text[start + 1]
        switch first {
        case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return 2
        default: break
        }
        guard start + 2 < end else { return nil }
        switch (first, text[start + 2]) {
        case (UInt8(ascii: "r"), UInt8(ascii: "e")), (UInt8(ascii: "v"), UInt8(ascii: "e")),
            (UInt8(ascii: "l"), UInt8(ascii: "l")):
            return 3
        default: return nil
        }
    }
}
