/// A queue of rows that is fair to the requests they belong to.
///
/// It implements start-time fair queueing (Goyal, Vin, Cheng 1996) with a flow for each request. The first row is
/// tagged with the virtual time of its arrival, and each further row with the preceding row's tag plus that row's cost.
/// Rows are dequeued in the order of their tags, so requests with a thousand rows alternate with requests with one.
/// Virtual time advances by the completed work divided by the number of active requests, so an endless stream of small
/// requests can't starve a large one.
///
/// The queue uses no clock, lock or I/O.
struct RowQueue<Key: Hashable & Sendable, Payload: Sendable>: Sendable {
    /// The number of a request, assigned by its owner.
    typealias RequestID = UInt64

    /// A row to add to the queue.
    struct NewRow: Sendable {
        /// Rows with the same key can be computed in the same batch.
        var key: Key
        /// The cost of the row in tokens.
        var cost: Int
        /// The information that the owner needs to compute the row.
        var payload: Payload

        init(key: Key, cost: Int, payload: Payload) {
            self.key = key
            self.cost = cost
            self.payload = payload
        }
    }

    /// A dequeued row.
    struct Row: Sendable {
        let request: RequestID
        let cost: Int
        let payload: Payload
    }

    /// A batch of rows with the same key.
    struct Batch: Sendable {
        let key: Key
        let rows: [Row]
        /// The sum of the costs of the rows.
        let cost: Int
    }

    private struct Entry: Comparable, Sendable {
        let tag: Double
        let sequence: UInt64
        let row: Row

        static func < (a: Entry, b: Entry) -> Bool { a.tag == b.tag ? a.sequence < b.sequence : a.tag < b.tag }
        static func == (a: Entry, b: Entry) -> Bool { a.sequence == b.sequence }
    }

    private struct Request: Sendable {
        let priority: Priority
        var waiting: Int
        var cost: Int
    }

    /// The rows of requests with the same priority.
    private struct Lane: Sendable {
        var heaps: [Key: Heap<Entry>] = [:]
        /// The virtual time.
        var now = 0.0
        /// The number of active requests.
        var requests = 0
        /// The virtual time that determines which lane is next.
        var turn = 0.0
    }

    private var lanes = [Lane](repeating: Lane(), count: Priority.allCases.count)
    private var requests: [RequestID: Request] = [:]
    private var sequence: UInt64 = 0
    /// The number of entries in the heaps, including those of removed requests.
    private var entries = 0

    /// The cost of all waiting rows in tokens.
    private(set) var waitingCost = 0
    /// The number of waiting rows.
    private(set) var waitingRows = 0
    /// The cost of the waiting rows of each request.
    var waitingCosts: [(id: RequestID, cost: Int)] { requests.map { ($0.key, $0.value.cost) } }
    /// Whether no rows are waiting.
    var isEmpty: Bool { waitingRows == 0 }

    init() {}

    /// Adds the rows of a request. A request can be added only once.
    mutating func add(_ request: RequestID, _ rows: [NewRow], priority: Priority = .interactive) {
        precondition(requests[request] == nil, "a request is added once")
        guard !rows.isEmpty else { return }
        let place = priority.rawValue
        if lanes[place].requests == 0 {
            // A lane doesn't gain credit while it is idle. When all lanes are idle, they are reset.
            if let other = lanes.filter({ $0.requests > 0 }).map(\.turn).min() {
                lanes[place].turn = max(other, lanes[place].turn)
            } else {
                for place in lanes.indices { lanes[place].turn = 0 }
            }
            lanes[place].now = 0
        }
        lanes[place].requests += 1
        var tag = lanes[place].now
        var total = 0
        for row in rows {
            let cost = max(row.cost, 1)
            let entry = Entry(
                tag: tag, sequence: sequence, row: Row(request: request, cost: cost, payload: row.payload))
            lanes[place].heaps[row.key, default: Heap()].insert(entry)
            sequence += 1
            tag += Double(cost)
            total += cost
        }
        entries += rows.count
        waitingRows += rows.count
        waitingCost += total
        requests[request] = Request(priority: priority, waiting: rows.count, cost: total)
    }

    /// Removes and returns the next batch: rows with the same key in the order of their tags, with at most `budget`
    /// tokens, or one row.
    mutating func next(budget: Int) -> Batch? {
        guard let first = nextLane(for: nil), let key = firstKey(of: first) else { return nil }
        var rows: [Row] = []
        var cost = 0
        while let place = nextLane(for: key), let entry = lanes[place].heaps[key]?.first {
            if !rows.isEmpty, cost + entry.row.cost > budget { break }
            _ = lanes[place].heaps[key]?.removeFirst()
            entries -= 1
            rows.append(entry.row)
            cost += entry.row.cost
            lanes[place].turn += Double(entry.row.cost) / Priority.allCases[place].weight
            lanes[place].now += Double(entry.row.cost) / Double(max(lanes[place].requests, 1))
            take(entry.row)
        }
        for place in lanes.indices where lanes[place].heaps[key]?.isEmpty == true { lanes[place].heaps[key] = nil }
        return Batch(key: key, rows: rows, cost: cost)
    }

    /// Removes the waiting rows of a request, and releases their cost immediately. Dequeued rows aren't affected.
    ///
    /// - Returns: The number of rows that were waiting.
    @discardableResult
    mutating func cancel(_ request: RequestID) -> Int {
        guard let gone = requests.removeValue(forKey: request) else { return 0 }
        lanes[gone.priority.rawValue].requests -= 1
        waitingRows -= gone.waiting
        waitingCost -= gone.cost
        // The entries of removed requests are dropped when they are reached, or when there are many of them.
        if entries > 2 * waitingRows + 64 { compact() }
        return gone.waiting
    }

    private mutating func take(_ row: Row) {
        waitingRows -= 1
        waitingCost -= row.cost
        guard var request = requests[row.request] else { return }
        request.waiting -= 1
        request.cost -= row.cost
        requests[row.request] = request.waiting > 0 ? request : nil
        if request.waiting == 0 { lanes[request.priority.rawValue].requests -= 1 }
    }

    /// Returns the next lane among the lanes with rows of a key, or among all lanes.
    private mutating func nextLane(for key: Key?) -> Int? {
        var best: Int?
        for place in lanes.indices {
            for other in key.map({ [$0] }) ?? Array(lanes[place].heaps.keys) { dropDead(place, other) }
            let hasRows = key.map { lanes[place].heaps[$0] != nil } ?? !lanes[place].heaps.isEmpty
            if hasRows, best.map({ lanes[place].turn < lanes[$0].turn }) ?? true { best = place }
        }
        return best
    }

    private func firstKey(of place: Int) -> Key? {
        lanes[place].heaps.min { a, b in
            guard let first = a.value.first, let second = b.value.first else { return b.value.isEmpty }
            return first < second
        }?.key
    }

    /// Drops rows of removed requests from the front of a heap.
    private mutating func dropDead(_ place: Int, _ key: Key) {
        while let entry = lanes[place].heaps[key]?.first, requests[entry.row.request] == nil {
            _ = lanes[place].heaps[key]?.removeFirst()
            entries -= 1
        }
        if lanes[place].heaps[key]?.isEmpty == true { lanes[place].heaps[key] = nil }
    }

    private mutating func compact() {
        entries = 0
        for place in lanes.indices {
            lanes[place].heaps = lanes[place].heaps.compactMapValues { heap in
                let kept = Heap(heap.elements.filter { requests[$0.row.request] != nil })
                entries += kept.count
                return kept.isEmpty ? nil : kept
            }
        }
    }
}

/// The priority of a request when the server is overloaded.
enum Priority: Int, Sendable, Hashable, CaseIterable {
    /// A user is waiting for the response.
    case interactive
    /// No user is waiting. Bulk requests get at least a ninth of the time.
    case bulk

    /// The relative share of the time when both priorities have waiting rows.
    var weight: Double { self == .interactive ? 8 : 1 }
}
