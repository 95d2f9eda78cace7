#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Finds added tokens in a text: leftmost first, the longest of those that begin at one place.
struct AddedTokenFinder: Sendable {
    /// A part of the text: an added token, or what lies between two.
    struct Part {
        /// Bytes of the text.
        let range: Range<Int>
        /// The added token's id; nil for text in between.
        let id: Int32?
    }

    private struct Pattern {
        let bytes: [UInt8]
        let token: AddedToken
    }

    /// By first byte, longest first.
    private var patterns: [[Pattern]] = Array(repeating: [], count: 256)
    /// The byte that every pattern begins with, if there is one such byte.
    private var onlyFirstByte: UInt8?
    let isEmpty: Bool

    /// Looks for `tokens`; `spelling` gives the bytes each is found by.
    init(_ tokens: [AddedToken], spelling: (AddedToken) -> [UInt8]) {
        var firstBytes: Set<UInt8> = []
        var seen: Set<[UInt8]> = []
        for token in tokens {
            let bytes = spelling(token)
            guard let first = bytes.first, seen.insert(bytes).inserted else { continue }
            patterns[Int(first)].append(Pattern(bytes: bytes, token: token))
            firstBytes.insert(first)
        }
        for i in patterns.indices { patterns[i].sort { $0.bytes.count > $1.bytes.count } }
        isEmpty = firstBytes.isEmpty
        onlyFirstByte = firstBytes.count == 1 ? firstBytes.first : nil
    }

    /// Calls `body` with each part of `text` in turn; a text without added tokens is one part. Empty parts are left out.
    @inline(__always)
    func forEachPart(_ text: UnsafeBufferPointer<UInt8>, _ body: (Part) -> Void) {
        var done = 0
        var position = 0
        while let (match, pattern) = next(in: text, from: position) {
            // A rejected match is passed over whole, as the library that defines the behaviour does.
            position = match.upperBound
            let token = pattern.token
            guard allows(token, match, text) else { continue }
            var range = match
            if token.stripsLeft {
                range = max(done, WhiteSpace.start(ofRunBefore: match.lowerBound, in: text))..<range.upperBound
            }
            if token.stripsRight {
                range = range.lowerBound..<WhiteSpace.end(ofRunAfter: match.upperBound, in: text)
            }
            guard range.lowerBound >= done else { continue }
            if done < range.lowerBound { body(Part(range: done..<range.lowerBound, id: nil)) }
            body(Part(range: range, id: token.id))
            done = range.upperBound
        }
        if done < text.count { body(Part(range: done..<text.count, id: nil)) }
    }

    private func next(in text: UnsafeBufferPointer<UInt8>, from start: Int) -> (Range<Int>, Pattern)? {
        guard !isEmpty, let base = text.baseAddress else { return nil }
        var i = start
        while i < text.count {
            if let onlyFirstByte {
                guard let found = memchr(base + i, Int32(onlyFirstByte), text.count - i) else { return nil }
                i = UnsafeRawPointer(found) - UnsafeRawPointer(base)
            }
            for pattern in patterns[Int(base[i])] {
                let count = pattern.bytes.count
                if count <= text.count - i, memcmp(base + i, pattern.bytes, count) == 0 {
                    return (i..<i + count, pattern)
                }
            }
            i += 1
        }
        return nil
    }

    private func allows(_ token: AddedToken, _ match: Range<Int>, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
        if token.singleWord {
            if let before = WhiteSpace.scalar(before: match.lowerBound, in: text), before.isWordScalar { return false }
            if let after = WhiteSpace.scalar(after: match.upperBound, in: text), after.isWordScalar { return false }
        }
        if token.isWhitespaceDelimited {
            if WhiteSpace.start(ofRunBefore: match.lowerBound, in: text) == match.lowerBound, match.lowerBound > 0 {
                return false
            }
            if WhiteSpace.end(ofRunAfter: match.upperBound, in: text) == match.upperBound,
                match.upperBound < text.count
            {
                return false
            }
        }
        return true
    }
}

/// What stands around a place in a text.
private enum WhiteSpace {
    static func scalar(before index: Int, in text: UnsafeBufferPointer<UInt8>) -> Unicode.Scalar? {
        guard index > 0, let base = text.baseAddress else { return nil }
        var i = index - 1
        while i > 0, base[i] & 0xC0 == 0x80 { i -= 1 }
        return Unicode.Scalar(UTF8Reader.scalar(base, at: i).scalar)
    }

    static func scalar(after index: Int, in text: UnsafeBufferPointer<UInt8>) -> Unicode.Scalar? {
        guard index < text.count, let base = text.baseAddress else { return nil }
        return Unicode.Scalar(UTF8Reader.scalar(base, at: index).scalar)
    }

    static func start(ofRunBefore index: Int, in text: UnsafeBufferPointer<UInt8>) -> Int {
        var i = index
        while let scalar = scalar(before: i, in: text), UnicodeTable.shared[scalar.value].isWhitespace {
            i -= UTF8.width(scalar)
        }
        return i
    }

    static func end(ofRunAfter index: Int, in text: UnsafeBufferPointer<UInt8>) -> Int {
        var i = index
        while let scalar = scalar(after: i, in: text), UnicodeTable.shared[scalar.value].isWhitespace {
            i += UTF8.width(scalar)
        }
        return i
    }
}

extension Unicode.Scalar {
    /// Whether `\w` of a Unicode-aware regular expression matches (UTS 18, annex C).
    fileprivate var isWordScalar: Bool {
        if properties.isAlphabetic || properties.isJoinControl { return true }
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .spacingMark, .decimalNumber, .connectorPunctuation: return true
        default: return false
        }
    }
}
