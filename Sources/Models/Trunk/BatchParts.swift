import BertCore

/// A division of a batch into parts that threads process independently through all layers.
///
/// A thread that keeps its sequences never waits for other threads between operations, and finds its data in its own
/// cache. Parts need enough tokens, because each of them reads all weights.
struct BatchParts {
    /// The sequences of each part, in order.
    let ranges: [Range<Int>]

    /// The approximate number of tokens in a part. Smaller parts read the weights too often; larger ones leave threads
    /// idle at the end.
    static let tokens = 128
    /// The maximum number of tokens in a part whose sequences may exit early, after which the rest of it is smaller.
    static let tokensBeforeExits = 512
    /// The number of parts for each thread from which parts whose sequences may exit early are larger. They take unequal
    /// times, so a thread needs several of them.
    static let partsWithExits = 3

    /// Divides sequences among `threads`. Returns nil if processing the whole batch is better.
    ///
    /// - Parameter leavesEarly: Whether sequences may exit after a layer before the last.
    init?(_ sequences: PackedSequences, threads: Int, leavesEarly: Bool = false) {
        let (lengths, total) = (sequences.lengths, sequences.totalLength)
        let most = leavesEarly ? Self.tokensBeforeExits : Self.tokens
        let size = min(most, max(Self.tokens, total / (Self.partsWithExits * max(threads, 1))))
        // The same number of parts for each thread.
        let count = min(total / size, lengths.count) / threads * threads
        guard threads > 1, count > 0 else { return nil }
        var ranges: [Range<Int>] = []
        var (start, tokens) = (0, 0)
        for (index, length) in lengths.enumerated() {
            // End the part as close as possible to its target.
            let goal = total * (ranges.count + 1) / count
            if index > start, tokens + length / 2 > goal {
                ranges.append(start..<index)
                start = index
            }
            tokens += length
        }
        ranges.append(start..<lengths.count)
        self.ranges = ranges
        // Estimate when each thread finishes if it takes the next part whenever it is done with one.
        var ends = [Int](repeating: 0, count: threads)
        for range in ranges {
            let next = ends.indices.min { ends[$0] < ends[$1] } ?? 0
            ends[next] += range.reduce(0) { $0 + lengths[$1] }
        }
        guard let last = ends.max(), last * threads * 10 <= total * 11 else { return nil }
    }
}
