/// Trimming of white space at both ends of tokens from their offsets, as in `ByteLevel` and `RobertaProcessing`.
struct OffsetTrimming: Sendable {
    /// Whether a space that isn't in the text was added before the first token.
    let addsPrefixSpace: Bool
    /// The numbers of spaces at the start and end of each token, by id.
    private let spaces: [(leading: UInt16, trailing: UInt16)]

    init(addsPrefixSpace: Bool, _ vocabulary: Vocabulary) {
        self.addsPrefixSpace = addsPrefixSpace
        spaces = (0..<vocabulary.idLimit).map { id in
            guard let token = vocabulary.utf8(Int32(id)) else { return (0, 0) }
            let (leading, trailing) = Self.spaces(of: token)
            return (UInt16(clamping: leading), UInt16(clamping: trailing))
        }
    }

    /// Returns the numbers of spaces at the start and end of a token in its vocabulary form.
    static func spaces(of token: UnsafeBufferPointer<UInt8>) -> (leading: Int, trailing: Int) {
        guard let base = token.baseAddress else { return (0, 0) }
        var (leading, trailing, isLeading) = (0, 0, true)
        var i = 0
        while i < token.count {
            let (scalar, width) = UTF8Reader.scalar(base, at: i)
            i += width
            if scalar == ByteAlphabet.scalars[0x20] || UnicodeTable.shared[scalar].isWhitespace {
                if isLeading { leading += 1 }
                trailing += 1
            } else {
                isLeading = false
                trailing = 0
            }
        }
        return (leading, trailing)
    }

    @inline(__always)
    func spaces(of id: Int32) -> (leading: Int, trailing: Int) {
        let found = spaces[Int(id)]
        return (Int(found.leading), Int(found.trailing))
    }

    /// Trims the offsets of tokens of `text`.
    ///
    /// - Parameter own: The spaces of tokens whose text differs from their vocabulary form, by index: unknown tokens,
    ///   and added tokens that include white space.
    func trimmed(
        _ tokens: consuming [Token], _ own: [Int: (leading: Int, trailing: Int)], _ text: UnsafeBufferPointer<UInt8>
    ) -> TokenizedText {
        var tokens = tokens
        var leading: [Int: Range<UInt32>] = [:]
        for i in tokens.indices {
            let spaces = own[i] ?? spaces(of: tokens[i].id)
            guard spaces.leading > 0 || spaces.trailing > 0 else { continue }
            let trimmed = trim(tokens[i], spaces, text, isFirst: i == 0)
            if addsPrefixSpace, spaces.leading == 1, i > 0 {
                let first = trim(tokens[i], spaces, text, isFirst: true)
                if first != trimmed { leading[i] = first.start..<first.end }
            }
            (tokens[i].start, tokens[i].end) = trimmed
        }
        return TokenizedText(tokens: tokens, rangesAsFirst: leading)
    }

    /// Returns the trimmed range of a token in `text`. `isFirst` specifies whether it is the first token of an
    /// encoding.
    func trim(
        _ token: Token, _ spaces: (leading: Int, trailing: Int), _ text: UnsafeBufferPointer<UInt8>, isFirst: Bool
    ) -> (start: UInt32, end: UInt32) {
        var (start, end) = (Int(token.start), max(Int(token.start), Int(token.end)))
        var leading = spaces.leading
        if leading == 1, addsPrefixSpace, isFirst || start == 0 { leading = 0 }
        while leading > 0, start < end {
            start += UTF8Reader.width(text[start])
            leading -= 1
        }
        var trailing = spaces.trailing
        var place = end
        while trailing > 0, place > 0 {
            place -= 1
            while place > 0, text[place] & 0xC0 == 0x80 { place -= 1 }
            trailing -= 1
        }
        // As in the library, nothing is trimmed if the text has fewer scalars before the end than the token has spaces.
        if trailing == 0 { end = max(place, start) }
        return (UInt32(truncatingIfNeeded: start), UInt32(truncatingIfNeeded: end))
    }
}
