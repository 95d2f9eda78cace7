/// The WordPiece model: its vocabulary and settings.
struct WordPieceModel: Sendable {
    let vocabulary: Vocabulary
    let unknownID: Int32
    /// The prefix of every piece of a word but the first.
    let prefix: [UInt8]
    /// Longer words, in scalars, are unknown.
    let maxScalarsPerWord: Int
    /// The hash of `prefix`.
    let prefixHash: UInt64

    init(vocabulary: Vocabulary, unknownID: Int32, prefix: [UInt8], maxScalarsPerWord: Int) {
        self.vocabulary = vocabulary
        self.unknownID = unknownID
        self.prefix = prefix
        self.maxScalarsPerWord = maxScalarsPerWord
        prefixHash = prefix.withUnsafeBufferPointer { Vocabulary.hash($0) }
    }

    /// Splits the word into the longest pieces from left to right, the greedy algorithm of
    /// "Google's Neural Machine Translation System", section 4.1.
    ///
    /// - Parameters:
    ///   - word: the word's bytes.
    ///   - count: how many.
    ///   - hashes: for each byte the hash of the word up to and with it.
    ///   - rest: room for `count` more hashes.
    ///   - emit: takes id, start and end in bytes of the word of each piece.
    /// - Returns: false if the word has no such split; the caller must then discard the emitted pieces.
    @inline(__always)
    func split(
        _ word: UnsafePointer<UInt8>, _ count: Int, hashes: UnsafePointer<UInt64>,
        rest: UnsafeMutablePointer<UInt64>, _ emit: (Int32, Int, Int) -> Void
    ) -> Bool {
        var end = min(count, vocabulary.longest)
        while end > 0 {
            if end == count || word[end] & 0xC0 != 0x80,
                let id = vocabulary.find(
                    hashes[end - 1], where: { $0.count == end && Self.equal($0, 0, word, 0, end) })
            {
                emit(id, 0, end)
                break
            }
            end -= 1
        }
        var start = end
        guard start > 0 else { return false }
        let longest = vocabulary.longest - prefix.count
        while start < count {
            end = min(count, start + max(longest, 0))
            var hash = prefixHash
            for i in start..<end {
                hash = Vocabulary.extend(hash, by: word[i])
                rest[i] = hash
            }
            while end > start {
                if end == count || word[end] & 0xC0 != 0x80,
                    let id = vocabulary.find(
                        rest[end - 1],
                        where: { token in
                            token.count == prefix.count + end - start
                                && Self.equal(token, prefix.count, word, start, end - start)
                                && prefix.withUnsafeBufferPointer { token.starts(with: $0) }
                        })
                {
                    emit(id, start, end)
                    break
                }
                end -= 1
            }
            if end == start { return false }
            start = end
        }
        return true
    }

    @inline(__always)
    private static func equal(
        _ token: UnsafeBufferPointer<UInt8>, _ tokenStart: Int, _ word: UnsafePointer<UInt8>, _ wordStart: Int,
        _ count: Int
    ) -> Bool {
        for i in 0..<count where token[tokenStart + i] != word[wordStart + i] { return false }
        return true
    }
}
