/// Keeps the best of many hits: a heap with the worst of them at its root.
struct BestHits {
    private let limit: Int
    private var heap: [(score: Float, id: Int)] = []

    init(limit: Int) { self.limit = limit }

    /// Takes a hit; of equal ones those that come first in the corpus are kept.
    mutating func add(_ score: Float, _ id: Int) {
        if heap.count < limit {
            heap.append((score, id))
            rise()
        } else if let worst = heap.first, Self.isWorse(worst, (score, id)) {
            heap[0] = (score, id)
            sink()
        }
    }

    /// The hits, the best first; equal ones in the order of the corpus.
    var sorted: [SearchHit] {
        heap.sorted { Self.isWorse($1, $0) }.map { SearchHit(corpusID: $0.id, score: Double($0.score)) }
    }

    private static func isWorse(_ a: (score: Float, id: Int), _ b: (score: Float, id: Int)) -> Bool {
        a.score == b.score ? a.id > b.id : a.score < b.score
    }

    private mutating func rise() {
        var place = heap.count - 1
        while place > 0, Self.isWorse(heap[place], heap[(place - 1) / 2]) {
            heap.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    private mutating func sink() {
        var place = 0
        while 2 * place + 1 < heap.count {
            var child = 2 * place + 1
            if child + 1 < heap.count, Self.isWorse(heap[child + 1], heap[child]) { child += 1 }
            guard Self.isWorse(heap[child], heap[place]) else { return }
            heap.swapAt(place, child)
            place = child
        }
    }
}
