/// A model that splits words into tokens.
enum SubwordModel: Sendable {
    case bpe(BPEModel)
    case unigram(UnigramModel)
    case wordPiece(WordPieceModel)
    /// Whole words. Unknown words are dropped if the id is nil.
    case wordLevel(unknownID: Int32?)

    /// The id of the unknown token; nil if there is none.
    var unknownID: Int32? {
        switch self {
        case .bpe(let model): model.unknownID
        case .unigram(let model): model.unknownID
        case .wordPiece(let model): model.unknownID
        case .wordLevel(let id): id
        }
    }

    /// Splits a nonempty word into tokens.
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

/// Buffers that models reuse, so that splitting a word doesn't allocate memory.
struct ModelMemory {
    /// The symbols of a word: ids, lengths in bytes, and neighbors.
    var ids: [Int32] = []
    var lengths: [UInt32] = []
    var previous: [Int32] = []
    var next: [Int32] = []
    /// The rank of each pair.
    var ranks: [UInt32] = []
    var heap: [UInt64] = []
    /// The score of the best segmentation up to each position.
    var scores: [Double] = []
    var origins: [Int32] = []
    var bytes: [UInt8] = []
    var hashes: [UInt64] = []
}
