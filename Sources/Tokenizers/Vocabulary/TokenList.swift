/// The tokens in a file, from which a `Vocabulary` is created.
struct TokenList {
    /// The file, for messages.
    let source: String
    /// The bytes of all tokens, concatenated.
    private(set) var bytes: [UInt8] = []
    /// The end of each token in `bytes`.
    private(set) var ends: [Int] = []
    /// The id of each token.
    private(set) var ids: [Int32] = []
    /// The index of the first added token. Added tokens have ids but are never parts of words.
    private(set) var firstAdded: Int?

    init(source: String) { self.source = source }

    mutating func reserve(_ count: Int) {
        bytes.reserveCapacity(count * 8)
        ends.reserveCapacity(count)
        ids.reserveCapacity(count)
    }

    mutating func append(_ token: some Sequence<UInt8>, id: Int32) {
        bytes.append(contentsOf: token)
        ends.append(bytes.count)
        ids.append(id)
    }

    /// Returns the bytes of the token at `index`.
    func token(at index: Int) -> ArraySlice<UInt8> { bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]] }

    /// Returns the list followed by added tokens, which are never parts of words.
    func with(added tokens: [AddedToken]) -> TokenList {
        var list = self
        list.firstAdded = ids.count
        for token in tokens { list.append(token.content.utf8, id: token.id) }
        return list
    }

    /// Returns whether the list contains a token.
    func contains(_ token: String) -> Bool {
        ids.indices.contains { self.token(at: $0).elementsEqual(token.utf8) }
    }

    /// Returns the list without duplicates. The last of equal tokens is kept, as in Python dictionaries.
    func keepingLast() -> TokenList {
        var last: [ArraySlice<UInt8>: Int] = [:]
        last.reserveCapacity(ids.count)
        for index in ids.indices { last[token(at: index)] = index }
        guard last.count < ids.count else { return self }
        var list = TokenList(source: source)
        list.reserve(last.count)
        for index in ids.indices where last[token(at: index)] == index {
            list.append(token(at: index), id: ids[index])
        }
        return list
    }

    /// Parses a `vocab.txt` with one token per line, whose id is the line number, starting at 0.
    ///
    /// Lines end as in Python's text files, with CR, LF or both. An empty line counts but has no token. If a token
    /// occurs twice, the last line is used.
    init(vocabTxt text: UnsafeBufferPointer<UInt8>, source: String) throws(TokenizerError) {
        var list = TokenList(source: source)
        list.bytes.reserveCapacity(text.count)
        var number: Int32 = 0
        try TextLines.forEach(in: text, source: source) { line throws(TokenizerError) in
            if !line.isEmpty { list.append(line, id: number) }
            guard number < Int32.max - 1 else {
                throw TokenizerError(.malformedFile, "has too many lines", file: source)
            }
            number += 1
        }
        guard !list.ids.isEmpty else { throw TokenizerError(.malformedFile, "has no tokens", file: source) }
        self = list.keepingLast()
    }
}

/// The lines of a text file, split as in Python.
enum TextLines {
    /// Calls `body` with each line, without its terminator.
    ///
    /// - Throws: `TokenizerError` for a text that isn't UTF-8 or starts with a byte order mark.
    static func forEach(
        in text: UnsafeBufferPointer<UInt8>, source: String,
        _ body: (Slice<UnsafeBufferPointer<UInt8>>) throws(TokenizerError) -> Void
    ) throws(TokenizerError) {
        if let position = UTF8Reader.firstInvalidByte(text) {
            let line = text[..<position].count { $0 == UInt8(ascii: "\n") } + 1
            throw TokenizerError(
                .malformedFile, "is not UTF-8 at byte \(position)", file: source, line: line, value: .int(position))
        }
        if text.starts(with: [0xEF, 0xBB, 0xBF]) {
            throw TokenizerError(
                .malformedFile,
                "begins with a byte order mark, which would become part of the first token; save the file without one",
                file: source, line: 1)
        }
        var start = 0
        while start < text.count {
            var end = start
            while end < text.count, text[end] != 0x0A, text[end] != 0x0D { end += 1 }
            try body(text[start..<end])
            if end + 1 < text.count, text[end] == 0x0D, text[end + 1] == 0x0A { end += 1 }
            start = end + 1
        }
    }
}
