/// A collection that keeps the highest of many scores: a heap with the lowest one at its root.
struct BestHits<Score: BinaryFloatingPoint & Sendable>: Sendable {
    /// A score and the id of its item.
    struct Hit: Sendable {
        let score: Score
        let id: Int

        /// Returns whether this hit ranks before another one: by a higher score or, for ties, a lower id. NaN is the
        /// lowest score.
        func isBetter(than other: Hit) -> Bool {
            if score > other.score { return true }
            if score < other.score { return false }
            if score.isNaN != other.score.isNaN { return other.score.isNaN }
            return id < other.id
        }
    }

    private let limit: Int
    private var heap: [Hit] = []

    init(limit: Int) { self.limit = limit }

    /// The lowest score if the limit is reached. Only greater scores of items with greater ids are added then.
    var lowest: Score? { heap.count == limit ? heap.first?.score : nil }

    /// Adds a hit if it is among the best so far.
    mutating func add(_ score: Score, _ id: Int) {
        let hit = Hit(score: score, id: id)
        if heap.count < limit {
            heap.append(hit)
            rise()
        } else if let worst = heap.first, hit.isBetter(than: worst) {
            heap[0] = hit
            sink()
        }
    }

    /// Adds scores, multiplied by their scales, for consecutive ids from `first` on. All ids must be greater than those
    /// added before.
    ///
    /// - Parameter offsets: The position of each score.
    mutating func add(
        _ scores: UnsafeBufferPointer<Score>, at offsets: StrideTo<Int>, scales: ArraySlice<Score>?, from first: Int
    ) {
        // Ties keep the lower id, so once the heap is full only greater scores matter.
        var worst = heap.count == limit ? heap.first?.score : nil
        func take(_ score: Score, _ id: Int) {
            if let worst, score <= worst { return }
            add(score, id)
            worst = heap.count == limit ? heap.first?.score : nil
        }
        if let scales {
            let start = scales.startIndex
            for (index, offset) in offsets.enumerated() { take(scores[offset] * scales[start + index], first + index) }
        } else {
            for (index, offset) in offsets.enumerated() { take(scores[offset], first + index) }
        }
    }

    /// Adds the hits of another collection.
    mutating func add(_ other: BestHits) {
        for hit in other.heap { add(hit.score, hit.id) }
    }

    /// The hits in order of decreasing score.
    var sorted: [Hit] { heap.sorted { $0.isBetter(than: $1) } }

    private mutating func rise() {
        var place = heap.count - 1
        while place > 0, heap[(place - 1) / 2].isBetter(than: heap[place]) {
            heap.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    private mutating func sink() {
        var place = 0
        while 2 * place + 1 < heap.count {
            var child = 2 * place + 1
            if child + 1 < heap.count, heap[child].isBetter(than: heap[child + 1]) { child += 1 }
            guard heap[place].isBetter(than: heap[child]) else { return }
            heap.swapAt(place, child)
            place = child
        }
    }
}

/// Returns the indices of scores in decreasing order; the first ones for ties. NaN comes last.
package func ranking(_ scores: [Double]) -> [Int] {
    scores.enumerated().map { BestHits<Double>.Hit(score: $1, id: $0) }.sorted { $0.isBetter(than: $1) }.map(\.id)
}
