/// Leaves white space at the ends of tokens out of their offsets, as `ByteLevel` and `RobertaProcessing` do.
struct OffsetTrimming: Sendable {
    /// Whether one space before the first token was put there and so stands for nothing.
    let addsPrefixSpace: Bool
    /// By id: how many spaces the token begins and ends with.
    private let spaces: [(leading: UInt16, trailing: UInt16)]

    init(addsPrefixSpace: Bool, _ vocabulary: Vocabulary) {
        self.addsPrefixSpace = addsPrefixSpace
        spaces = (0..<vocabulary.idLimit).map { id in
            guard let token = vocabulary.utf8(Int32(id)) else { return (0, 0) }
            let (leading, trailing) = Self.spaces(of: token)
            return (UInt16(clamping: leading), UInt16(clamping: trailing))
        }
    }

    /// The number of spaces that a token, as the vocabulary spells it, begins and ends with.
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

    /// What is left of a token's range in `text`; `isFirst`: whether the token is the first of an encoding.
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
        // As in the library, nothing happens where the text has fewer scalars before the end than the token has spaces.
        if trailing == 0 { end = max(place, start) }
        return (UInt32(truncatingIfNeeded: start), UInt32(truncatingIfNeeded: end))
    }
}
