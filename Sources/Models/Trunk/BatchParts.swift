import BertCore

/// A batch in parts that threads take through the encoder beside each other, each on its own.
///
/// A thread that stays with its sequences waits for no other one between two operations, and finds in its own cache what
/// it wrote in the operation before. Parts need enough tokens, as each of them reads all the weights.
struct BatchParts {
    /// The sequences of each part, in order.
    let ranges: [Range<Int>]

    /// About how many tokens a part has: fewer read the weights for too little, more leave threads waiting at the end.
    static let tokens = 128

    /// Divides sequences of these lengths among `threads`; nil if they had better stay together.
    init?(_ sequences: PackedSequences, threads: Int) {
        let (lengths, total) = (sequences.lengths, sequences.totalLength)
        // As many for each thread.
        let count = min(total / Self.tokens, lengths.count) / threads * threads
        guard threads > 1, count > 0 else { return nil }
        var ranges: [Range<Int>] = []
        var (start, tokens) = (0, 0)
        for (index, length) in lengths.enumerated() {
            // Where a part ends nearest to where it should.
            let goal = total * (ranges.count + 1) / count
            if index > start, tokens + length / 2 > goal {
                ranges.append(start..<index)
                start = index
            }
            tokens += length
        }
        ranges.append(start..<lengths.count)
        self.ranges = ranges
        // The end of the last thread, when each takes the next part as it has done one.
        var ends = [Int](repeating: 0, count: threads)
        for range in ranges {
            let next = ends.indices.min { ends[$0] < ends[$1] } ?? 0
            ends[next] += range.reduce(0) { $0 + lengths[$1] }
        }
        guard let last = ends.max(), last * threads * 10 <= total * 11 else { return nil }
    }
}
