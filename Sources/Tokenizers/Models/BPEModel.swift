/// A byte-pair encoding model ("Neural Machine Translation of Rare Words with Subword Units", section 3.2).
///
/// The symbols of a word are merged, the pair with the lowest rank first, until no more pairs can be merged.
/// Corresponds to `BPE` in Hugging Face `tokenizers`.
struct BPEModel: Sendable {
    let vocabulary: Vocabulary
    let merges: MergeTable
    /// Symbols by byte, for words given as bytes instead of characters of `ByteAlphabet`.
    var byteIDs: [Int32]?
    var unknownID: Int32?
    /// The symbol of unknown characters, if it differs from ``unknownID``.
    var unknownSymbol: Int32?
    /// Token ids by symbol, for models whose symbols aren't their tokens.
    var outputIDs: [Int32]?
    /// Whether consecutive unknown characters form one token.
    var fusesUnknown = false
    /// The ids of the tokens `<0x00>` to `<0xFF>` for unknown characters, by byte; -1 for missing ones.
    var fallbackIDs: [Int32]?
    /// The prefix of all symbols in a word except the first.
    var continuingPrefix: [UInt8] = []
    /// The suffix of the last symbol in a word.
    var endSuffix: [UInt8] = []
    /// Whether a word that is in the vocabulary becomes one token regardless of the merges.
    var takesWholeWords = false
    /// The maximum number of symbols for merging by linear scans; longer words use a heap.
    var mostScanned = 40

    init(vocabulary: Vocabulary, merges: MergeTable) {
        self.vocabulary = vocabulary
        self.merges = merges
    }

    /// The ids of the characters of `ByteAlphabet`; nil if one of them isn't a token.
    var idsOfBytes: [Int32]? {
        let ids = ByteAlphabet.scalars.compactMap { scalar in
            Unicode.Scalar(scalar).flatMap { vocabulary.id(ofPiece: String($0)) }
        }
        return ids.count == 256 ? ids : nil
    }

    func split(_ word: UnsafeBufferPointer<UInt8>, _ memory: inout ModelMemory, into pieces: inout [Piece]) {
        if takesWholeWords, let id = wholeWord(word, &memory) {
            pieces.append(Piece(id: id, start: 0, end: UInt32(truncatingIfNeeded: word.count)))
            return
        }
        memory.ids.removeAll(keepingCapacity: true)
        memory.lengths.removeAll(keepingCapacity: true)
        if let byteIDs {
            for byte in word {
                memory.ids.append(byteIDs[Int(byte)])
                memory.lengths.append(1)
            }
        } else {
            appendSymbols(of: word, &memory)
        }
        if memory.ids.count > mostScanned { mergeByHeap(&memory) } else { mergeByScan(&memory) }
        var start: UInt32 = 0
        for (id, length) in zip(memory.ids, memory.lengths) {
            pieces.append(Piece(id: outputIDs.map { $0[Int(id)] } ?? id, start: start, end: start + length))
            start += length
        }
    }

    private func wholeWord(_ word: UnsafeBufferPointer<UInt8>, _ memory: inout ModelMemory) -> Int32? {
        guard byteIDs != nil else { return vocabulary.id(ofWord: word) }
        memory.bytes.removeAll(keepingCapacity: true)
        for byte in word {
            // All scalars of the alphabet are below U+0800.
            let scalar = ByteAlphabet.scalars[Int(byte)]
            if scalar < 0x80 {
                memory.bytes.append(UInt8(truncatingIfNeeded: scalar))
            } else {
                memory.bytes.append(UInt8(truncatingIfNeeded: 0xC0 | scalar >> 6))
                memory.bytes.append(UInt8(truncatingIfNeeded: 0x80 | scalar & 0x3F))
            }
        }
        return memory.bytes.withUnsafeBufferPointer { vocabulary.id(ofWord: $0) }
    }

    private func appendSymbols(of word: UnsafeBufferPointer<UInt8>, _ memory: inout ModelMemory) {
        var unknown: UInt32 = 0
        func flush(_ memory: inout ModelMemory) {
            guard unknown > 0, let unknownID else { return }
            memory.ids.append(unknownSymbol ?? unknownID)
            memory.lengths.append(unknown)
            unknown = 0
        }
        var i = 0
        while i < word.count {
            let width = UTF8Reader.width(word[i])
            let isSpelledOut = i > 0 && !continuingPrefix.isEmpty || i + width == word.count && !endSuffix.isEmpty
            memory.bytes.removeAll(keepingCapacity: true)
            if isSpelledOut {
                if i > 0 { memory.bytes += continuingPrefix }
                memory.bytes += word[i..<i + width]
                if i + width == word.count { memory.bytes += endSuffix }
            }
            let id =
                isSpelledOut
                ? memory.bytes.withUnsafeBufferPointer { vocabulary.id(ofWord: $0) }
                : vocabulary.id(ofWord: UnsafeBufferPointer(rebasing: word[i..<i + width]))
            if let id {
                flush(&memory)
                memory.ids.append(id)
                memory.lengths.append(UInt32(width))
            } else if let fallbackIDs,
                case let bytes = isSpelledOut ? memory.bytes[...] : Array(word[i..<i + width])[...],
                bytes.allSatisfy({ fallbackIDs[Int($0)] >= 0 })
            {
                for byte in bytes {
                    memory.ids.append(fallbackIDs[Int(byte)])
                    memory.lengths.append(1)
                }
            } else if unknownID != nil {
                if !fusesUnknown { flush(&memory) }
                unknown += UInt32(width)
            }
            i += width
        }
        flush(&memory)
    }

    /// Merges by scanning for the lowest rank, which is fastest for words of usual length.
    private func mergeByScan(_ memory: inout ModelMemory) {
        var count = memory.ids.count
        guard count > 1 else { return }
        memory.ranks.removeAll(keepingCapacity: true)
        for i in 1..<count { memory.ranks.append(merges.rank(memory.ids[i - 1], memory.ids[i])) }
        memory.ids.withUnsafeMutableBufferPointer { ids in
            memory.lengths.withUnsafeMutableBufferPointer { lengths in
                memory.ranks.withUnsafeMutableBufferPointer { ranks in
                    while count > 1 {
                        var best = MergeTable.none
                        var place = 0
                        for i in 0..<count - 1 where ranks[i] < best {
                            best = ranks[i]
                            place = i
                        }
                        if best == MergeTable.none { break }
                        ids[place] = merges.merge(ids[place], ids[place + 1]).result
                        lengths[place] += lengths[place + 1]
                        count -= 1
                        for i in place + 1..<max(count, place + 1) {
                            ids[i] = ids[i + 1]
                            lengths[i] = lengths[i + 1]
                            ranks[i - 1] = ranks[i]
                        }
                        if place > 0 { ranks[place - 1] = merges.rank(ids[place - 1], ids[place]) }
                        if place < count - 1 { ranks[place] = merges.rank(ids[place], ids[place + 1]) }
                    }
                }
            }
        }
        memory.ids.removeSubrange(count...)
        memory.lengths.removeSubrange(count...)
    }

    /// Merges with a heap and linked symbols, in O(n log n).
    private func mergeByHeap(_ memory: inout ModelMemory) {
        let count = memory.ids.count
        memory.previous.removeAll(keepingCapacity: true)
        memory.next.removeAll(keepingCapacity: true)
        memory.heap.removeAll(keepingCapacity: true)
        for i in 0..<count {
            memory.previous.append(Int32(i - 1))
            memory.next.append(i + 1 < count ? Int32(i + 1) : -1)
        }
        func push(_ place: Int, _ other: Int, _ memory: inout ModelMemory) {
            let rank = merges.rank(memory.ids[place], memory.ids[other])
            guard rank != MergeTable.none else { return }
            MinHeap.push(UInt64(rank) << 32 | UInt64(place), to: &memory.heap)
        }
        for i in 1..<max(count, 1) { push(i - 1, i, &memory) }
        while let entry = MinHeap.pop(from: &memory.heap) {
            let place = Int(entry & 0xFFFF_FFFF)
            // A symbol of length 0 has been merged into the previous one.
            guard memory.lengths[place] > 0, memory.next[place] >= 0 else { continue }
            let right = Int(memory.next[place])
            let merge = merges.merge(memory.ids[place], memory.ids[right])
            guard UInt64(merge.rank) == entry >> 32 else { continue }
            memory.ids[place] = merge.result
            memory.lengths[place] += memory.lengths[right]
            memory.lengths[right] = 0
            memory.next[place] = memory.next[right]
            if memory.next[place] >= 0 {
                memory.previous[Int(memory.next[place])] = Int32(place)
                push(place, Int(memory.next[place]), &memory)
            }
            if memory.previous[place] >= 0 { push(Int(memory.previous[place]), place, &memory) }
        }
        var kept = 0
        for i in 0..<count where memory.lengths[i] > 0 {
            memory.ids[kept] = memory.ids[i]
            memory.lengths[kept] = memory.lengths[i]
            kept += 1
        }
        memory.ids.removeSubrange(kept...)
        memory.lengths.removeSubrange(kept...)
    }
}

/// A binary min-heap in an array.
private enum MinHeap {
    static func push(_ value: UInt64, to heap: inout [UInt64]) {
        heap.append(value)
        var i = heap.count - 1
        while i > 0, heap[(i - 1) / 2] > value {
            heap[i] = heap[(i - 1) / 2]
            i = (i - 1) / 2
        }
        heap[i] = value
    }

    static func pop(from heap: inout [UInt64]) -> UInt64? {
        guard let least = heap.first, let last = heap.popLast() else { return nil }
        guard !heap.isEmpty else { return least }
        var i = 0
        while true {
            var child = 2 * i + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, heap[child + 1] < heap[child] { child += 1 }
            guard heap[child] < last else { break }
            heap[i] = heap[child]
            i = child
        }
        heap[i] = last
        return least
    }
}
