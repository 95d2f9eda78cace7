/// Tokens on their way from a file into a `Vocabulary`.
struct TokenList {
    /// Where they come from, for messages.
    let source: String
    /// The tokens' bytes, one after the other.
    private(set) var bytes: [UInt8] = []
    /// Where each token ends in `bytes`.
    private(set) var ends: [Int] = []
    /// The id of each token.
    private(set) var ids: [Int32] = []
    /// The first of the tokens that no word is split into; they have an id and are found as added tokens only.
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

    /// The bytes of the token at `index`.
    func token(at index: Int) -> ArraySlice<UInt8> { bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]] }

    /// The list with tokens after it that no word is split into.
    func with(added tokens: [AddedToken]) -> TokenList {
        var list = self
        list.firstAdded = ids.count
        for token in tokens { list.append(token.content.utf8, id: token.id) }
        return list
    }

    /// Reads a `vocab.txt`: a token a line, whose number, from 0, is its id.
    ///
    /// An empty line takes a number and is no token, so that the ids after it stay what they are.
    init(vocabTxt text: UnsafeBufferPointer<UInt8>, source: String) throws(TokenizerError) {
        self.init(source: source)
        if let position = UTF8Reader.firstInvalidByte(text) {
            let line = text[..<position].count { $0 == UInt8(ascii: "\n") } + 1
            throw TokenizerError(
                .malformedFile, "\(source) is not UTF-8: byte \(position), in line \(line)")
        }
        if text.starts(with: [0xEF, 0xBB, 0xBF]) {
            throw TokenizerError(
                .malformedFile,
                "\(source) begins with a byte order mark, which would become part of the first token; save it without one"
            )
        }
        bytes.reserveCapacity(text.count)
        var start = 0
        var line: Int32 = 0
        while start < text.count {
            let end = text[start...].firstIndex(of: UInt8(ascii: "\n")) ?? text.count
            var token = text[start..<end]
            if token.last == UInt8(ascii: "\r") { token.removeLast() }
            if !token.isEmpty { append(token, id: line) }
            guard line < Int32.max - 1 else {
                throw TokenizerError(.malformedFile, "\(source) has more lines than there are ids")
            }
            line += 1
            start = end + 1
        }
        guard !ids.isEmpty else { throw TokenizerError(.malformedFile, "\(source) holds no token") }
    }
}
