/// Rows that wait to be computed, shared fairly between the requests they belong to.
///
/// Each request is a flow of start-time fair queueing (Goyal, Vin, Cheng 1996): its first row is tagged with the virtual
/// time of its arrival, every further row with the tag of the one before plus that row's cost. Rows leave in the order of
/// their tags, so a request of a thousand rows takes turns with requests of one. Virtual time advances by the work done,
/// divided by the number of requests that share it, so that an endless stream of small requests can't starve a large one.
///
/// There is no clock, lock or I/O in here.
struct RowQueue<Key: Hashable & Sendable, Payload: Sendable>: Sendable {
    /// A request, by the number that its owner gave it.
    typealias RequestID = UInt64

    /// A row to wait.
    struct NewRow: Sendable {
        /// Rows with the same key can be computed in one batch.
        var key: Key
        /// The work it is, in tokens.
        var cost: Int
        /// What its owner needs to compute it.
        var payload: Payload

        init(key: Key, cost: Int, payload: Payload) {
            self.key = key
            self.cost = cost
            self.payload = payload
        }
    }

    /// A row whose turn has come.
    struct Row: Sendable {
        let request: RequestID
        let cost: Int
        let payload: Payload
    }

    /// A batch: rows of one key.
    struct Batch: Sendable {
        let key: Key
        let rows: [Row]
        /// The sum of the rows' costs.
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
        /// When it is given up, in whatever unit the owner counts.
        let deadline: Int64?
        var waiting: Int
        var cost: Int
    }

    /// The rows of one class of requests.
    private struct Lane: Sendable {
        var heaps: [Key: Heap<Entry>] = [:]
        /// The virtual time.
        var now = 0.0
        /// The live requests.
        var requests = 0
        /// The virtual time at which the lanes take turns.
        var turn = 0.0
    }

    private var lanes = [Lane](repeating: Lane(), count: Priority.allCases.count)
    private var requests: [RequestID: Request] = [:]
    private var sequence: UInt64 = 0
    /// Entries in the heaps, those of requests that have gone included.
    private var entries = 0

    /// The work of all waiting rows, in tokens.
    private(set) var waitingCost = 0
    /// The waiting rows.
    private(set) var waitingRows = 0
    /// Whether nothing waits.
    var isEmpty: Bool { waitingRows == 0 }

    init() {}

    /// Lets the rows of a request wait. A request is added once.
    mutating func add(
        _ request: RequestID, _ rows: [NewRow], priority: Priority = .interactive, deadline: Int64? = nil
    ) {
        precondition(requests[request] == nil, "a request is added once")
        guard !rows.isEmpty else { return }
        let place = priority.rawValue
        if lanes[place].requests == 0 {
            // Time that a lane spent without work earns it nothing, and costs it nothing once all were idle.
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
        requests[request] = Request(priority: priority, deadline: deadline, waiting: rows.count, cost: total)
    }

    /// Takes the rows that are computed next: of one key, in the order of their tags, at most `budget` tokens or one row.
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

    /// Forgets the waiting rows of a request; rows that were taken are its owner's. Gives back their cost at once.
    ///
    /// - Returns: how many rows were waiting.
    @discardableResult
    mutating func cancel(_ request: RequestID) -> Int {
        guard let gone = requests.removeValue(forKey: request) else { return 0 }
        lanes[gone.priority.rawValue].requests -= 1
        waitingRows -= gone.waiting
        waitingCost -= gone.cost
        // Its entries are dropped when they are met; many of them are dropped now.
        if entries > 2 * waitingRows + 64 { compact() }
        return gone.waiting
    }

    /// Forgets the requests whose deadline has passed, and says which.
    mutating func expire(now: Int64) -> [RequestID] {
        let expired = requests.filter { $0.value.deadline.map { $0 <= now } ?? false }.map(\.key).sorted()
        for request in expired { cancel(request) }
        return expired
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

    /// The lane whose turn it is among those with rows of a key, or any.
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

    /// Drops rows of requests that have gone from the front of a heap.
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

/// Who goes first when there is more work than time.
enum Priority: Int, Sendable, Hashable, CaseIterable {
    /// Somebody waits for the answer.
    case interactive
    /// Nobody does; it gets at least a ninth of the time.
    case bulk

    /// The share of the time when both classes want all of it.
    var weight: Double { self == .interactive ? 8 : 1 }
}
