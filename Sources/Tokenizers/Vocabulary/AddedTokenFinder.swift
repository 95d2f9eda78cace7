#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A finder for added tokens in a text. Matches are leftmost and longest.
struct AddedTokenFinder: Sendable {
    /// A part of the text: an added token, or the text between two of them.
    struct Part {
        /// The byte range in the text.
        let range: Range<Int>
        /// The id of the added token; nil for other text.
        let id: Int32?
    }

    private struct Pattern {
        let bytes: [UInt8]
        let token: AddedToken
    }

    /// The patterns by first byte, the longest first.
    private var patterns: [[Pattern]] = Array(repeating: [], count: 256)
    /// The first byte of all patterns, if it is the same.
    private var onlyFirstByte: UInt8?
    /// A token of which the normalizer leaves nothing. It matches between any two characters.
    private var emptyPattern: Pattern?
    let isEmpty: Bool
    private let findsSpecialTokens: Bool

    /// Creates a finder for `tokens`. `spelling` returns the bytes to match for each of them.
    ///
    /// - Parameter findsSpecialTokens: Whether special tokens are recognized. If not, they still end other matches, as
    ///   in Hugging Face `tokenizers`.
    init(_ tokens: [AddedToken], findsSpecialTokens: Bool = true, spelling: (AddedToken) -> [UInt8]) {
        self.findsSpecialTokens = findsSpecialTokens
        var firstBytes: Set<UInt8> = []
        var seen: Set<[UInt8]> = []
        for token in tokens where !token.content.isEmpty {
            let bytes = spelling(token)
            guard seen.insert(bytes).inserted else { continue }
            guard let first = bytes.first else {
                emptyPattern = Pattern(bytes: bytes, token: token)
                continue
            }
            patterns[Int(first)].append(Pattern(bytes: bytes, token: token))
            firstBytes.insert(first)
        }
        for i in patterns.indices { patterns[i].sort { $0.bytes.count > $1.bytes.count } }
        isEmpty = firstBytes.isEmpty && emptyPattern == nil
        onlyFirstByte = firstBytes.count == 1 && emptyPattern == nil ? firstBytes.first : nil
    }

    /// Calls `body` with each nonempty part of `text`, in order. A text without added tokens is a single part. Parts
    /// overlap where a token takes white space in which others match, as in Hugging Face `tokenizers`.
    @inline(__always)
    func forEachPart(_ text: UnsafeBufferPointer<UInt8>, _ body: (Part) -> Void) {
        var done = 0
        var position = 0
        var last: Int?
        // The white space that was looked at last, so that long runs take linear time.
        var space = 0..<0
        while let (match, pattern) = next(in: text, from: position, after: last) {
            // A rejected match is skipped entirely, as in the library that defines the behavior.
            position = match.upperBound
            last = position
            let token = pattern.token
            guard allows(token, match, text) else { continue }
            var (start, end) = (match.lowerBound, match.upperBound)
            if token.stripsLeft {
                start = max(done, Surroundings(text: text).startOfWhitespace(before: start))
            }
            if token.stripsRight {
                if !space.contains(end) { space = end..<Surroundings(text: text).endOfWhitespace(after: end) }
                end = max(end, space.upperBound)
            }
            guard start <= end else { continue }
            if done < start { body(Part(range: done..<start, id: nil)) }
            if start < end { body(Part(range: start..<end, id: token.id)) }
            done = end
        }
        if done < text.count { body(Part(range: done..<text.count, id: nil)) }
    }

    /// - Parameter last: The end of the last match, where the empty pattern doesn't match again.
    private func next(
        in text: UnsafeBufferPointer<UInt8>, from start: Int, after last: Int?
    ) -> (Range<Int>, Pattern)? {
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
            if let emptyPattern, i != last, base[i] & 0xC0 != 0x80 { return (i..<i, emptyPattern) }
            i += 1
        }
        if let emptyPattern, i == text.count, i != last { return (i..<i, emptyPattern) }
        return nil
    }

    private func allows(_ token: AddedToken, _ match: Range<Int>, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
        if token.isSpecial, !findsSpecialTokens { return false }
        guard token.singleWord || token.isWhitespaceDelimited else { return true }
        let surroundings = Surroundings(text: text)
        let neighbours = [surroundings.before(match.lowerBound), surroundings.after(match.upperBound)]
        for case (let entry, _)? in neighbours {
            if token.singleWord, entry.isWord { return false }
            if token.isWhitespaceDelimited, !entry.isWhitespace { return false }
        }
        return true
    }
}

/// The characters around a position in a text.
private struct Surroundings {
    let text: UnsafeBufferPointer<UInt8>

    /// Returns the scalar that ends at `index`, and its length in bytes.
    func before(_ index: Int) -> (entry: UnicodeTable.Entry, width: Int)? {
        guard index > 0, let base = text.baseAddress else { return nil }
        var start = index - 1
        while start > 0, base[start] & 0xC0 == 0x80 { start -= 1 }
        return (UnicodeTable.shared[UTF8Reader.scalar(base, at: start).scalar], index - start)
    }

    /// Returns the scalar that starts at `index`, and its length in bytes.
    func after(_ index: Int) -> (entry: UnicodeTable.Entry, width: Int)? {
        guard index < text.count, let base = text.baseAddress else { return nil }
        let (scalar, width) = UTF8Reader.scalar(base, at: index)
        return (UnicodeTable.shared[scalar], width)
    }

    /// Returns the start of the white space that ends at `index`.
    func startOfWhitespace(before index: Int) -> Int {
        var index = index
        while let (entry, width) = before(index), entry.isWhitespace { index -= width }
        return index
    }

    /// Returns the end of the white space that starts at `index`.
    func endOfWhitespace(after index: Int) -> Int {
        var index = index
        while let (entry, width) = after(index), entry.isWhitespace { index += width }
        return index
    }
}
