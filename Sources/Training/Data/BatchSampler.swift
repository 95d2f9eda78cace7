/// How the examples of an epoch are grouped into batches, as `sentence_transformers.training_args.BatchSamplers`.
public enum BatchSampler: String, Sendable, CaseIterable {
    /// Consecutive examples; the last batch may be smaller.
    case batchSampler = "batch_sampler"
    /// No text occurs twice in a batch: for losses with in-batch negatives.
    case noDuplicates = "no_duplicates"
}

/// Batches without duplicate texts, as `sentence_transformers.sampler.NoDuplicatesBatchSampler` makes them.
struct DistinctBatches {
    /// The ids of each example's texts; equal texts have equal ids.
    private let texts: [[Int]]

    init(_ examples: [TrainingExample]) {
        var numbers: [[Int32]: Int] = [:]
        texts = examples.map { example in
            example.sequences.map { sequence in
                let next = numbers.count
                if let known = numbers[sequence.ids] { return known }
                numbers[sequence.ids] = next
                return next
            }
        }
    }

    /// Returns the batches of an epoch: each takes the first remaining examples that share no text with it.
    ///
    /// - Parameters:
    ///   - order: The indices of the epoch's examples, in order.
    ///   - size: The batch size.
    /// - Returns: ⌈order.count / size⌉ batches, and the number of examples that fit into none of them because too many
    ///   others share their texts.
    func batches(_ order: [Int], size: Int) -> (batches: [ArraySlice<Int>], left: Int) {
        // A linked list of the remaining examples, by place in the order; the last element is the head.
        var next = Array(1..<order.count + 1) + [0]
        let head = order.count
        var batches: [ArraySlice<Int>] = []
        var taken = 0
        for _ in 0..<(order.count + size - 1) / size {
            var (batch, seen): ([Int], Set<Int>) = ([], [])
            var (before, place) = (head, next[head])
            while place != head, batch.count < size {
                let own = texts[order[place]]
                if seen.isDisjoint(with: own) {
                    seen.formUnion(own)
                    batch.append(order[place])
                    next[before] = next[place]
                } else {
                    before = place
                }
                place = next[place]
            }
            taken += batch.count
            batches.append(batch[...])
        }
        return (batches, order.count - taken)
    }
}
