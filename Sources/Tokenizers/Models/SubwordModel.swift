/// How words become tokens.
enum SubwordModel: Sendable {
    case bpe(BPEModel)
    case unigram(UnigramModel)
    case wordPiece(WordPieceModel)
    /// Whole words; nil: unknown words are left out.
    case wordLevel(unknownID: Int32?)

    /// The token for text that the vocabulary can't spell; nil if the model has no such token.
    var unknownID: Int32? {
        switch self {
        case .bpe(let model): model.unknownID
        case .unigram(let model): model.unknownID
        case .wordPiece(let model): model.unknownID
        case .wordLevel(let id): id
        }
    }

    /// Splits a word, which is not empty, into tokens.
    func split(
        _ word: UnsafeBufferPointer<UInt8>, _ vocabulary: Vocabulary, _ memory: inout ModelMemory,
        into pieces: inout [Piece]
    ) {
        switch self {
        case .bpe(let model): model.split(word, &memory, into: &pieces)
        case .unigram(let model): model.split(word, &memory, into: &pieces)
        case .wordPiece(let model): split(word, by: model, &memory, into: &pieces)
        case .wordLevel(let unknownID):
            guard let id = vocabulary.id(ofWord: word) ?? unknownID else { return }
            pieces.append(Piece(id: id, start: 0, end: UInt32(truncatingIfNeeded: word.count)))
        }
    }

    private func split(
        _ word: UnsafeBufferPointer<UInt8>, by model: WordPieceModel, _ memory: inout ModelMemory,
        into pieces: inout [Piece]
    ) {
        guard let base = word.baseAddress else { return }
        let scalars = word.reduce(0) { $0 + ($1 & 0xC0 != 0x80 ? 1 : 0) }
        let first = pieces.count
        var isKnown = scalars <= model.maxScalarsPerWord
        if isKnown {
            memory.hashes.removeAll(keepingCapacity: true)
            var hash = Vocabulary.hashSeed
            for byte in word {
                hash = Vocabulary.extend(hash, by: byte)
                memory.hashes.append(hash)
            }
            let count = word.count
            memory.hashes.append(contentsOf: repeatElement(0, count: count))
            isKnown = memory.hashes.withUnsafeMutableBufferPointer { hashes in
                guard let room = hashes.baseAddress else { return false }
                return model.split(base, count, hashes: room, rest: room + count) { id, start, end in
                    pieces.append(
                        Piece(
                            id: id, start: UInt32(truncatingIfNeeded: start), end: UInt32(truncatingIfNeeded: end)))
                }
            }
        }
        if !isKnown {
            pieces.removeSubrange(first...)
            pieces.append(Piece(id: model.unknownID, start: 0, end: UInt32(truncatingIfNeeded: word.count)))
        }
    }
}

/// Buffers that models reuse, so that splitting a word allocates nothing.
struct ModelMemory {
    /// The symbols of a word: ids, lengths in bytes, the neighbours.
    var ids: [Int32] = []
    var lengths: [UInt32] = []
    var previous: [Int32] = []
    var next: [Int32] = []
    /// The rank of each pair.
    var ranks: [UInt32] = []
    var heap: [UInt64] = []
    /// For each end of a piece, the best way there.
    var scores: [Double] = []
    var origins: [Int32] = []
    var bytes: [UInt8] = []
    var hashes: [UInt64] = []
}
