/// A step of a normalizer, which corresponds to the normalizer of the same name in Hugging Face `tokenizers`.
enum NormalizerStep: Sendable {
    case bert(BertNormalizer)
    /// NFD, NFKD, NFC and NFKC.
    case unicode(compatible: Bool, composed: Bool)
    case lowercase
    case strip(left: Bool, right: Bool)
    case stripAccents
    case replace(TextPattern, by: [UInt32])
    case prepend([UInt32])
    case precompiled(CharacterMap)
    case nmt
    case byteLevel

    /// Applies the step to a part of a text. `spare` provides a buffer.
    func apply(to text: inout AlignedText, _ spare: inout AlignedText) {
        guard text.count > 0 else { return }
        switch self {
        case .bert(let normalizer): rewriteBert(normalizer, &text, &spare)
        case .unicode(let compatible, let composed):
            if text.isASCII { return }
            rewrite(&text, &spare) { text, rewriter in
                CanonicalForm(compatible: compatible, composed: composed).write(text, to: &rewriter)
            }
        case .lowercase: lowercase(&text, &spare)
        case .strip(let left, let right): strip(&text, &spare, left: left, right: right)
        case .stripAccents:
            if text.isASCII { return }
            filter(&text, &spare) { UnicodeClasses.shared[$0].contains(.combining) ? nil : $0 }
        case .replace(let pattern, let content): replace(&text, &spare, pattern, by: content)
        case .prepend(let scalars): prepend(&text, &spare, scalars)
        case .precompiled(let map): map.apply(to: &text, &spare)
        case .nmt: filter(&text, &spare, Self.nmt)
        case .byteLevel: ByteAlphabet.spell(&text, &spare)
        }
    }

    private func rewrite(
        _ text: inout AlignedText, _ spare: inout AlignedText, _ body: (AlignedText, inout Rewriter) -> Void
    ) {
        var rewriter = Rewriter(text, into: spare)
        body(text, &rewriter)
        spare = text
        text = rewriter.new
    }

    private func rewriteBert(_ normalizer: BertNormalizer, _ text: inout AlignedText, _ spare: inout AlignedText) {
        struct Sink: ScalarSink {
            var text: AlignedText
            mutating func take(_ scalar: UInt32, _ start: Int, _ end: Int) {
                text.append(scalar, UInt32(truncatingIfNeeded: start), UInt32(truncatingIfNeeded: end))
            }
        }
        var sink = Sink(text: AlignedText())
        sink.text.reserve(text.count)
        sink.text.origin = text.origin
        var run = CombiningRun()
        run.sourceOfLast = (Int(text.origin), Int(text.origin))
        var i = 0
        while i < text.count {
            let (scalar, width) = text.scalar(at: i)
            normalizer.normalize(scalar, Int(text.starts[i]), Int(text.ends[i]), &run, into: &sink)
            i += width
        }
        normalizer.finish(&run, into: &sink)
        spare = text
        text = sink.text
    }

    private func lowercase(_ text: inout AlignedText, _ spare: inout AlignedText) {
        if text.isASCII {
            for i in text.bytes.indices where text.bytes[i] &- 0x41 < 26 { text.bytes[i] += 0x20 }
            return
        }
        rewrite(&text, &spare) { text, rewriter in
            let table = UnicodeTable.shared
            var i = 0
            while i < text.count {
                let (scalar, width) = text.scalar(at: i)
                i += width
                let lowered = table.lowercase(table[scalar])
                if lowered.isEmpty {
                    rewriter.append(scalar, change: 0)
                } else {
                    for (index, scalar) in lowered.enumerated() { rewriter.append(scalar, change: index > 0 ? 1 : 0) }
                }
            }
        }
    }

    /// Replaces each scalar by another one, or removes it if `map` returns nil.
    private func filter(_ text: inout AlignedText, _ spare: inout AlignedText, _ map: (UInt32) -> UInt32?) {
        spare.removeAll()
        spare.origin = text.origin
        var i = 0
        while i < text.count {
            let (scalar, width) = text.scalar(at: i)
            if let mapped = map(scalar) { spare.append(mapped, text.starts[i], text.ends[i]) }
            i += width
        }
        swap(&text, &spare)
    }

    /// Returns the replacement of the normalizer `Nmt`, with the `nmt` rules of sentencepiece: control characters are
    /// removed, and uncommon white space becomes a space.
    private static func nmt(_ scalar: UInt32) -> UInt32? {
        switch scalar {
        case 0x01...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0x8F, 0x9F: nil
        case 0x09, 0x0A, 0x0C, 0x0D, 0x1680, 0x200B...0x200F, 0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD: 0x20
        default: scalar
        }
    }

    private func strip(_ text: inout AlignedText, _ spare: inout AlignedText, left: Bool, right: Bool) {
        func isSpace(at index: Int) -> Bool { UnicodeClasses.shared[text.scalar(at: index).scalar].contains(.space) }
        var start = 0
        while left, start < text.count, isSpace(at: start) { start += UTF8Reader.width(text.bytes[start]) }
        var end = text.count
        while right, end > start {
            var before = end - 1
            while before > start, text.bytes[before] & 0xC0 == 0x80 { before -= 1 }
            guard isSpace(at: before) else { break }
            end = before
        }
        if start == 0, end == text.count { return }
        spare.removeAll()
        spare.origin = text.origin
        spare.append(text, start..<end)
        swap(&text, &spare)
    }

    private func prepend(_ text: inout AlignedText, _ spare: inout AlignedText, _ scalars: [UInt32]) {
        spare.removeAll()
        spare.origin = text.origin
        for scalar in scalars { spare.append(scalar, text.starts[0], text.ends[0]) }
        spare.append(text, 0..<text.count)
        swap(&text, &spare)
    }

    private func replace(
        _ text: inout AlignedText, _ spare: inout AlignedText, _ pattern: TextPattern, by content: [UInt32]
    ) {
        spare.removeAll()
        spare.origin = text.origin
        var done = 0
        var found = false
        let (starts, ends, origin) = (text.starts, text.ends, text.origin)
        text.bytes.withUnsafeBufferPointer { bytes in
            pattern.forEachMatch(in: bytes) { match in
                found = true
                spare.bytes.append(contentsOf: bytes[done..<match.lowerBound])
                spare.starts += starts[done..<match.lowerBound]
                spare.ends += ends[done..<match.lowerBound]
                // The replacement gets the offsets of the previous scalar, usually the last one of the match.
                let at = match.upperBound
                for scalar in content {
                    spare.append(scalar, at < 1 ? origin : starts[at - 1], at < 1 ? origin : ends[at - 1])
                }
                done = at
            }
        }
        guard found else { return }
        spare.append(text, done..<text.count)
        swap(&text, &spare)
    }
}
