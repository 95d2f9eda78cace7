import Testing

@testable import BertServing

/// A generator of reproducible random numbers.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        var x = state
        x ^= x >> 33
        x = x &* 0xff51_afd7_ed55_8ccd
        return x ^ x >> 33
    }
}

@Suite("The queue of rows")
struct RowQueueTests {
    typealias Queue = RowQueue<Int, Int>

    static func rows(_ costs: [Int], key: Int = 0) -> [Queue.NewRow] {
        costs.enumerated().map { Queue.NewRow(key: key, cost: $1, payload: $0) }
    }

    @Test("loses nothing, gives nothing twice, keeps each request's order and the budget", arguments: 0..<60)
    func random(seed: UInt64) {
        var random = SeededGenerator(state: seed)
        var queue = Queue()
        var expected: [UInt64: [Int: [Int]]] = [:]
        var cancelled: Set<UInt64> = []
        var taken: [UInt64: [Int: [Int]]] = [:]
        var id: UInt64 = 0
        func take(_ batch: Queue.Batch?, budget: Int) {
            guard let batch else { return #expect(queue.isEmpty) }
            #expect(!batch.rows.isEmpty)
            #expect(batch.cost == batch.rows.reduce(0) { $0 + $1.cost })
            #expect(batch.rows.count == 1 || batch.cost <= budget)
            for row in batch.rows {
                #expect(!cancelled.contains(row.request), "a cancelled row came out")
                taken[row.request, default: [:]][batch.key, default: []].append(row.payload)
            }
        }
        for _ in 0..<200 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5:
                id += 1
                let rows = (0..<Int.random(in: 1...20, using: &random)).map { place in
                    Queue.NewRow(
                        key: Int.random(in: 0..<3, using: &random), cost: Int.random(in: 1...600, using: &random),
                        payload: place)
                }
                queue.add(id, rows, priority: Bool.random(using: &random) ? .bulk : .interactive)
                for row in rows { expected[id, default: [:]][row.key, default: []].append(row.payload) }
            case 5..<6:
                let victim = UInt64.random(in: 0...id, using: &random)
                let before = queue.waitingCost
                if queue.cancel(victim) > 0 {
                    cancelled.insert(victim)
                    #expect(queue.waitingCost < before, "its tokens were not given back")
                }
            default:
                let budget = Int.random(in: 1...1000, using: &random)
                take(queue.next(budget: budget), budget: budget)
            }
        }
        while !queue.isEmpty { take(queue.next(budget: 512), budget: 512) }
        #expect(queue.next(budget: 512) == nil)
        #expect(queue.waitingCost == 0)
        #expect(queue.waitingRows == 0)
        for (request, rows) in expected where !cancelled.contains(request) {
            #expect(taken[request] == rows, "request \(request)")
        }
    }

    @Test("a single text beside a large request waits for one batch, not for all of it")
    func fairness() {
        var queue = Queue()
        queue.add(1, Self.rows([Int](repeating: 256, count: 2000)))
        _ = queue.next(budget: 1024)
        _ = queue.next(budget: 1024)
        queue.add(2, Self.rows([16]))
        let batch = queue.next(budget: 1024)
        #expect(batch?.rows.contains { $0.request == 2 } == true)
    }

    @Test("requests that are always behind get the same share, whatever their number of rows", arguments: [2, 3, 7])
    func shares(requests: Int) {
        var queue = Queue()
        var random = SeededGenerator(state: 5)
        for id in 0..<requests {
            let costs = (0..<3000 / (id + 1)).map { _ in Int.random(in: 1...(100 * (id + 1)), using: &random) }
            queue.add(UInt64(id), Self.rows(costs))
        }
        var served = [Int](repeating: 0, count: requests)
        for _ in 0..<40 {
            for row in queue.next(budget: 1000)?.rows ?? [] { served[Int(row.request)] += row.cost }
        }
        let largest = 100 * requests
        // In start-time fair queueing, two flows differ by at most one row of each.
        #expect((served.max() ?? 0) - (served.min() ?? 0) <= 2 * largest, "\(served)")
    }

    @Test("a large request isn't starved by an endless stream of small ones")
    func noStarvation() {
        var queue = Queue()
        queue.add(1, Self.rows([Int](repeating: 100, count: 100)))
        var (id, served): (UInt64, Int) = (10, 0)
        for _ in 0..<100 {
            // More rows arrive than are computed.
            for _ in 0..<12 {
                id += 1
                queue.add(id, Self.rows([100]))
            }
            served += queue.next(budget: 1000)?.rows.filter { $0.request == 1 }.count ?? 0
        }
        #expect(served >= 5, "the large request got \(served) of 1000 rows")
    }

    @Test("bulk work gives way, and gets its ninth")
    func priorities() {
        var queue = Queue()
        queue.add(1, Self.rows([Int](repeating: 10, count: 10_000)), priority: .bulk)
        queue.add(2, Self.rows([Int](repeating: 10, count: 10_000)), priority: .interactive)
        var served: [UInt64: Int] = [:]
        for _ in 0..<90 { for row in queue.next(budget: 1000)?.rows ?? [] { served[row.request, default: 0] += 1 } }
        let share = Double(served[1] ?? 0) / 9000
        #expect(abs(share - 1.0 / 9) < 0.01, "bulk got \(share)")
    }

    @Test("bulk work that was alone isn't made to pay for it")
    func idleLanes() {
        var queue = Queue()
        queue.add(1, Self.rows([Int](repeating: 10, count: 1000)), priority: .bulk)
        for _ in 0..<5 { _ = queue.next(budget: 1000) }
        queue.add(2, Self.rows([Int](repeating: 10, count: 1000)), priority: .interactive)
        var bulk = 0
        for _ in 0..<9 { bulk += queue.next(budget: 1000)?.rows.filter { $0.request == 1 }.count ?? 0 }
        #expect(bulk >= 90, "bulk got \(bulk) of 900 rows")
    }

    @Test("rows of several models take turns, and a batch is of one")
    func keys() {
        var queue = Queue()
        queue.add(1, Self.rows([100, 100, 100, 100], key: 1))
        queue.add(2, Self.rows([100, 100, 100, 100], key: 2))
        let keys = (0..<4).compactMap { _ in queue.next(budget: 200)?.key }
        #expect(Set(keys.prefix(2)) == [1, 2])
        #expect(keys.count == 4)
    }

    @Test("a row over the budget goes alone")
    func largeRow() {
        var queue = Queue()
        queue.add(1, Self.rows([5000, 10]))
        #expect(queue.next(budget: 100)?.rows.count == 1)
        #expect(queue.next(budget: 100)?.rows.count == 1)
    }

    @Test("forgets the rows of a thousand requests that went away")
    func manyCancelled() {
        var queue = Queue()
        for id in 0..<1000 { queue.add(UInt64(id), Self.rows([Int](repeating: 5, count: 10))) }
        for id in 0..<999 { queue.cancel(UInt64(id)) }
        #expect(queue.waitingRows == 10)
        #expect(queue.next(budget: 1000)?.rows.map(\.request) == [UInt64](repeating: 999, count: 10))
        #expect(queue.isEmpty)
    }
}
