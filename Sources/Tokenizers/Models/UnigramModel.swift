/// A unigram language model ("Subword Regularization", section 3), which splits a word into the tokens with the
/// greatest sum of scores (Viterbi algorithm).
///
/// Corresponds to `Unigram` in Hugging Face `tokenizers`.
struct UnigramModel: Sendable {
    let vocabulary: Vocabulary
    let trie: ByteTrie
    /// The scores by id.
    let scores: [Double]
    let unknownID: Int32
    /// The ids of the tokens `<0x00>` to `<0xFF>` for unknown characters, by byte; -1 for missing ones.
    var fallbackIDs: [Int32]?
    /// The score of an unknown character.
    private let unknownScore: Double

    init(vocabulary: Vocabulary, trie: ByteTrie, scores: [Double], unknownID: Int32) {
        self.vocabulary = vocabulary
        self.trie = trie
        self.scores = scores
        self.unknownID = unknownID
        unknownScore = (scores.min() ?? 0) - 10
    }

    func split(_ word: UnsafeBufferPointer<UInt8>, _ memory: inout ModelMemory, into pieces: inout [Piece]) {
        let count = word.count
        memory.scores.removeAll(keepingCapacity: true)
        memory.origins.removeAll(keepingCapacity: true)
        memory.ids.removeAll(keepingCapacity: true)
        memory.scores.append(contentsOf: repeatElement(0, count: count + 1))
        memory.origins.append(contentsOf: repeatElement(-1, count: count + 1))
        memory.ids.append(contentsOf: repeatElement(-1, count: count + 1))
        memory.scores.withUnsafeMutableBufferPointer { best in
            memory.origins.withUnsafeMutableBufferPointer { origins in
                memory.ids.withUnsafeMutableBufferPointer { ids in
                    findBest(word, best, origins, ids)
                }
            }
        }
        // Backtrack from the end. Consecutive unknown characters form one token.
        let first = pieces.count
        var end = count
        while end > 0 {
            let id = memory.ids[end]
            var start = Int(memory.origins[end])
            if id == unknownID {
                while start > 0, memory.ids[start] == unknownID { start = Int(memory.origins[start]) }
                appendUnknown(word, start..<end, &pieces)
            } else {
                pieces.append(
                    Piece(id: id, start: UInt32(truncatingIfNeeded: start), end: UInt32(truncatingIfNeeded: end)))
            }
            end = start
        }
        pieces[first...].reverse()
    }

    private func findBest(
        _ word: UnsafeBufferPointer<UInt8>, _ best: UnsafeMutableBufferPointer<Double>,
        _ origins: UnsafeMutableBufferPointer<Int32>, _ ids: UnsafeMutableBufferPointer<Int32>
    ) {
        scores.withUnsafeBufferPointer { scores in
            var start = 0
            while start < word.count {
                let width = UTF8Reader.width(word[start])
                let score = best[start]
                func offer(_ id: Int32, _ end: Int, _ candidate: Double) {
                    if origins[end] < 0 || candidate > best[end] {
                        best[end] = candidate
                        origins[end] = Int32(truncatingIfNeeded: start)
                        ids[end] = id
                    }
                }
                var hasOwn = false
                trie.forEachPrefix(of: word, from: start) { id, end in
                    offer(id, end, scores[Int(id)] + score)
                    if end - start == width { hasOwn = true }
                }
                if !hasOwn { offer(unknownID, start + width, unknownScore + score) }
                start += width
            }
        }
    }

    /// Appends the tokens for unknown characters, in reverse order.
    private func appendUnknown(_ word: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ pieces: inout [Piece]) {
        let (start, end) = (UInt32(truncatingIfNeeded: range.lowerBound), UInt32(truncatingIfNeeded: range.upperBound))
        if let id = vocabulary.id(ofWord: UnsafeBufferPointer(rebasing: word[range])) {
            pieces.append(Piece(id: id, start: start, end: end))
        } else if let fallbackIDs, word[range].allSatisfy({ fallbackIDs[Int($0)] >= 0 }) {
            for byte in word[range].reversed() {
                pieces.append(Piece(id: fallbackIDs[Int(byte)], start: start, end: end))
            }
        } else {
            pieces.append(Piece(id: unknownID, start: start, end: end))
        }
    }
}
