/// A step of a pre-tokenizer, which corresponds to the pre-tokenizer of the same name in Hugging Face `tokenizers`.
enum PreTokenizerStep: Sendable {
    /// Where `Metaspace` adds a replacement before a text that doesn't start with one.
    enum Prefix: String, Sendable {
        case always, first, never
    }

    /// The scalars that `Digits`, `Punctuation` and other steps split at.
    enum Class: Sendable {
        case whitespace, punctuation, numeric
        case one(UInt32)

        @inline(__always)
        func contains(_ scalar: UInt32) -> Bool {
            switch self {
            case .whitespace: UnicodeTable.shared[scalar].isWhitespace
            case .punctuation: UnicodeTable.shared[scalar].isPunctuation
            case .numeric: UnicodeClasses.shared[scalar].contains(.numeric)
            case .one(let wanted): scalar == wanted
            }
        }
    }

    /// `spells`: whether bytes are replaced by their characters.
    case byteLevel(addsPrefixSpace: Bool, splits: Bool, spells: Bool)
    case metaspace(replacement: [UInt8], Prefix, splits: Bool)
    case pattern(TextPattern, SplitBehavior, isInverted: Bool)
    case scalars(Class, SplitBehavior)
    /// Words and runs of other scalars, without white space.
    case whitespace
    case fixedLength(Int)
    /// Splits where the script changes. Text before the first character that has a script is dropped, as in the
    /// library.
    case unicodeScripts
    /// Normalizes each word separately.
    case normalized([NormalizerStep])

    func apply(to pieces: inout PreTokenizedText) {
        switch self {
        case .byteLevel(let addsPrefixSpace, let splits, let spells):
            byteLevel(&pieces, addsPrefixSpace: addsPrefixSpace, splits: splits, spells: spells)
        case .metaspace(let replacement, let prefix, let splits):
            metaspace(&pieces, replacement, prefix, splits: splits)
        case .pattern(let pattern, let behavior, let isInverted):
            var parts: [(range: Range<Int>, isMatch: Bool)] = []
            pieces.forEachSplit { bytes, split, splits in
                parts.removeAll(keepingCapacity: true)
                var done = split.lowerBound
                pattern.forEachMatch(in: UnsafeBufferPointer(rebasing: bytes[split])) { match in
                    let range = split.lowerBound + match.lowerBound..<split.lowerBound + match.upperBound
                    if done < range.lowerBound { parts.append((done..<range.lowerBound, isInverted)) }
                    parts.append((range, !isInverted))
                    done = range.upperBound
                }
                if done < split.upperBound { parts.append((done..<split.upperBound, isInverted)) }
                behavior.append(parts, to: &splits)
            }
        case .scalars(let members, let behavior):
            var parts: [(range: Range<Int>, isMatch: Bool)] = []
            pieces.forEachSplit { bytes, split, splits in
                guard let base = bytes.baseAddress else { return }
                parts.removeAll(keepingCapacity: true)
                var done = split.lowerBound
                var i = done
                while i < split.upperBound {
                    let (scalar, width) = UTF8Reader.scalar(base, at: i)
                    if members.contains(scalar) {
                        if done < i { parts.append((done..<i, false)) }
                        parts.append((i..<i + width, true))
                        done = i + width
                    }
                    i += width
                }
                if done < split.upperBound { parts.append((done..<split.upperBound, false)) }
                behavior.append(parts, to: &splits)
            }
        case .whitespace: whitespace(&pieces)
        case .unicodeScripts: unicodeScripts(&pieces)
        case .normalized(let steps): normalize(&pieces, steps)
        case .fixedLength(let length):
            pieces.forEachSplit { bytes, split, splits in
                var start = split.lowerBound
                while start < split.upperBound {
                    var end = start
                    var scalars = 0
                    while end < split.upperBound, scalars < length {
                        end += UTF8Reader.width(bytes[end])
                        scalars += 1
                    }
                    splits.append(start..<end)
                    start = end
                }
            }
        }
    }

    private func normalize(_ pieces: inout PreTokenizedText, _ steps: [NormalizerStep]) {
        var (word, spare) = (AlignedText(), AlignedText())
        pieces.rewriteSplits { old, split, text, splits in
            let start = text.count
            word.removeAll()
            word.append(old, split)
            word.origin = word.starts[0]
            for step in steps { step.apply(to: &word, &spare) }
            text.append(word, 0..<word.count)
            if text.count > start { splits.append(start..<text.count) }
        }
    }

    private func whitespace(_ pieces: inout PreTokenizedText) {
        enum Kind { case word, space, other }
        pieces.forEachSplit { bytes, split, splits in
            guard let base = bytes.baseAddress else { return }
            var start = split.lowerBound
            var last = Kind.space
            var i = start
            while i < split.upperBound {
                let (scalar, width) = UTF8Reader.scalar(base, at: i)
                let entry = UnicodeTable.shared[scalar]
                let kind = entry.isWord ? Kind.word : entry.isWhitespace ? .space : .other
                if kind != last {
                    if last != .space { splits.append(start..<i) }
                    start = i
                    last = kind
                }
                i += width
            }
            if last != .space { splits.append(start..<split.upperBound) }
        }
    }

    private func unicodeScripts(_ pieces: inout PreTokenizedText) {
        pieces.forEachSplit { bytes, split, splits in
            guard let base = bytes.baseAddress else { return }
            var start: Int?
            var last = UnicodeProperties.Value.anyScript
            var i = split.lowerBound
            while i < split.upperBound {
                let (scalar, width) = UTF8Reader.scalar(base, at: i)
                let script = UnicodeProperties.shared[scalar].splitScript
                if script != UnicodeProperties.Value.anyScript, script != last {
                    if let start { splits.append(start..<i) }
                    start = i
                    last = script
                }
                i += width
            }
            if let start { splits.append(start..<split.upperBound) }
        }
    }

    private func byteLevel(_ pieces: inout PreTokenizedText, addsPrefixSpace: Bool, splits isSplit: Bool, spells: Bool)
    {
        if addsPrefixSpace {
            pieces.rewriteSplits { old, split, text, splits in
                let start = text.count
                if old.bytes[split.lowerBound] != 0x20 {
                    text.append(0x20, old.starts[split.lowerBound], old.ends[split.lowerBound])
                }
                text.append(old, split)
                splits.append(start..<text.count)
            }
        }
        if isSplit {
            pieces.forEachSplit { bytes, split, splits in
                guard let base = bytes.baseAddress else { return }
                ByteLevelSplitter.forEachWord(base, split) { splits.append($0) }
            }
        }
        if spells {
            pieces.rewriteSplits { old, split, text, splits in
                let start = text.count
                for i in split {
                    text.append(ByteAlphabet.scalars[Int(old.bytes[i])], old.starts[i], old.ends[i])
                }
                splits.append(start..<text.count)
            }
        }
    }

    private func metaspace(
        _ pieces: inout PreTokenizedText, _ replacement: [UInt8], _ prefix: Prefix, splits isSplit: Bool
    ) {
        pieces.rewriteSplits { old, split, text, splits in
            var start = text.count
            func put(_ source: Int, _ text: inout AlignedText) {
                let (first, last) = (old.starts[source], old.ends[source])
                for byte in replacement {
                    text.bytes.append(byte)
                    text.starts.append(first)
                    text.ends.append(last)
                }
            }
            func isMark(_ index: Int) -> Bool {
                old.bytes[index] == 0x20
                    || old.bytes[index] == replacement[0]
                        && old.bytes[index..<split.upperBound].starts(with: replacement)
            }
            let isFirst = old.starts[split.lowerBound] == 0
            if prefix == .always || prefix == .first && isFirst, !isMark(split.lowerBound) {
                put(split.lowerBound, &text)
            }
            // The start of the bytes to copy unchanged.
            var run = split.lowerBound
            var i = run
            while i < split.upperBound {
                guard isMark(i) else {
                    i += 1
                    continue
                }
                text.append(old, run..<i)
                if isSplit, text.count > start {
                    splits.append(start..<text.count)
                    start = text.count
                }
                put(i, &text)
                i += old.bytes[i] == 0x20 ? 1 : replacement.count
                run = i
            }
            text.append(old, run..<split.upperBound)
            if text.count > start { splits.append(start..<text.count) }
        }
    }
}
