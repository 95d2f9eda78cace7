/// A WordPiece model: its vocabulary and settings.
struct WordPieceModel: Sendable {
    let vocabulary: Vocabulary
    let unknownID: Int32
    /// The prefix of tokens that continue a word.
    let prefix: [UInt8]
    /// The maximum length of known words in scalars.
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

    /// Splits a word greedily into the longest tokens from left to right ("Google's Neural Machine Translation System",
    /// section 4.1).
    ///
    /// - Parameters:
    ///   - word: The bytes of the word.
    ///   - count: The number of bytes.
    ///   - hashes: The hash of each nonempty prefix of the word.
    ///   - rest: A buffer for `count` more hashes.
    ///   - emit: Receives the id and the byte range of each token.
    /// - Returns: false if the word can't be split. The caller must discard the emitted tokens in that case.
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
