import BertCore
import Synchronization

/// An engine that computes the rows of all callers and models on its own threads. While one batch is computed, the next
/// one is formed from waiting rows. The engine doesn't wait for a batch to fill up.
final class Engine: Sendable {
    /// The key of rows that can share a batch.
    struct Key: Hashable, Sendable {
        let computer: ObjectIdentifier
        let kind: RowKind
    }

    struct Work: Sendable {
        let row: Row
        let computer: any RowComputer
        /// The index of the row in the request.
        let place: Int
    }

    private struct Pending {
        var outputs: [RowOutput?]
        var remaining: Int
        let model: String
        let tokens: Int
        let arrived: ContinuousClock.Instant
        var started: ContinuousClock.Instant?
        let continuation: CheckedContinuation<EngineResult, any Error>
    }

    private struct State {
        let workers: Int
        var queue = RowQueue<Key, Work>()
        var pending: [UInt64: Pending] = [:]
        var next: UInt64 = 0
        var isClosed = false
        /// The number of batches that are being computed, and the sum of their costs.
        var computing = (batches: 0, cost: 0)
        var speed = Speed()
        var capacity: Int?
        var budget: Int?

        /// The cost up to which a batch isn't divided between workers.
        static let leastBudget = 64

        /// The maximum cost of the next batch.
        ///
        /// A worker takes its share of the rows that are waiting or being computed. Otherwise it would take all rows of
        /// concurrent callers, so that large batches would alternate with tiny ones, which are inefficient.
        var limit: Int {
            let share = (queue.waitingCost + computing.cost + workers - 1) / workers
            return min(speed.budget(budget, workers: workers), max(Self.leastBudget, share))
        }
    }

    private let state: Monitor<State>
    private let metrics: Metrics
    private let clock = ContinuousClock()

    /// Starts the threads.
    ///
    /// - Parameters:
    ///   - workers: The number of batches that are computed concurrently. Each one uses all free threads of its
    ///     backend.
    ///   - budget: The maximum number of tokens in a batch. The default depends on the measured speed.
    ///   - capacity: The maximum number of waiting tokens. The default is 20 seconds of work at the measured speed.
    /// - Throws: `BertError` with code `outOfMemory` if a thread can't be created.
    init(workers: Int, budget: Int?, capacity: Int?, metrics: Metrics) throws {
        var state = State(workers: max(workers, 1))
        state.budget = budget
        state.capacity = capacity
        self.state = Monitor(state)
        self.metrics = metrics
        for _ in 0..<max(workers, 1) {
            guard DetachedThread.start({ [weak self] in self?.work() }) else {
                throw BertError(.outOfMemory, "the system can't create a thread")
            }
        }
    }

    /// Stops the threads after their current batches. Waiting requests fail with `ServingError.shuttingDown`.
    func close() {
        var waiting: [Pending] = []
        state.broadcast { state in
            state.isClosed = true
            waiting = Array(state.pending.values)
            state.pending = [:]
            state.queue = RowQueue()
        }
        for pending in waiting { pending.continuation.resume(throwing: ServingError.shuttingDown()) }
    }

    /// Computes rows of a model. Returns their outputs in the order of the rows.
    ///
    /// - Throws: ``ServingError`` `overloaded` immediately if the queue is full, `deadlineExceeded`; errors of the
    ///   model; `CancellationError` as soon as the task is canceled.
    func compute(
        _ rows: [Row], on computer: any RowComputer, model: String, priority: Priority = .interactive,
        deadline: ContinuousClock.Instant? = nil
    ) async throws -> EngineResult {
        guard !rows.isEmpty else { return EngineResult(outputs: [], tokens: 0, queued: .zero, computed: .zero) }
        guard !Task.isCancelled else {
            metrics.gaveUp(model, expired: false)
            throw CancellationError()
        }
        let id = state.withLock { state in
            state.next += 1
            return state.next
        }
        let timer = deadline.map { deadline in
            Task { [weak self] in
                try? await Task.sleep(until: deadline, clock: .continuous)
                if !Task.isCancelled { self?.give(up: id, ServingError.deadlineExceeded(), expired: true) }
            }
        }
        defer { timer?.cancel() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                enqueue(id, rows, computer, model, priority, continuation)
            }
        } onCancel: {
            give(up: id, CancellationError(), expired: false)
        }
    }

    /// The number of waiting tokens of each model that has any.
    var waitingTokens: [String: Int] {
        state.withLock { state in
            state.queue.waitingCosts.reduce(into: [:]) { counts, request in
                if let model = state.pending[request.id]?.model { counts[model, default: 0] += request.cost }
            }
        }
    }
    /// The number of waiting rows.
    var waitingRows: Int { state.withLock { $0.queue.waitingRows } }
    /// The share of the queue's capacity that is in use.
    var fullness: Double {
        state.withLock { Double($0.queue.waitingCost) / Double(max($0.speed.capacity($0.capacity), 1)) }
    }
    /// The estimated number of seconds until all waiting rows are computed, from 1 to 60.
    var retryAfter: Int { state.withLock { $0.speed.secondsUntilDone($0.queue.waitingCost) } }

    private func enqueue(
        _ id: UInt64, _ rows: [Row], _ computer: any RowComputer, _ model: String, _ priority: Priority,
        _ continuation: CheckedContinuation<EngineResult, any Error>
    ) {
        let key = ObjectIdentifier(computer)
        let work = rows.enumerated().map { place, row in
            RowQueue<Key, Work>.NewRow(
                key: Key(computer: key, kind: row.kind), cost: Self.cost(row.tokens),
                payload: Work(row: row, computer: computer, place: place))
        }
        let cost = work.reduce(0) { $0 + $1.cost }
        let now = clock.now
        let refusal: (any Error)? = state.signal { state in
            if state.isClosed { return ServingError.shuttingDown() }
            let waiting = state.queue.waitingCost
            if waiting > 0, waiting + cost > state.speed.capacity(state.capacity) {
                return ServingError.overloaded(retryAfter: state.speed.secondsUntilDone(waiting))
            }
            state.pending[id] = Pending(
                outputs: Array(repeating: nil, count: rows.count), remaining: rows.count, model: model,
                tokens: rows.reduce(0) { $0 + $1.tokens }, arrived: now,
                continuation: continuation)
            state.queue.add(id, work, priority: priority)
            return nil
        }
        if let refusal { return continuation.resume(throwing: refusal) }
        // The task may have been canceled before the request was added.
        if Task.isCancelled { give(up: id, CancellationError(), expired: false) }
    }

    /// Returns the cost of a row. The cost of attention is quadratic in the row's length, so the cost of a row is
    /// higher than its number of tokens.
    static func cost(_ tokens: Int) -> Int { tokens + tokens * tokens / 4096 }

    private func give(up id: UInt64, _ error: any Error, expired: Bool) {
        let pending = state.withLock { state in
            state.queue.cancel(id)
            return state.pending.removeValue(forKey: id)
        }
        guard let pending else { return }
        metrics.gaveUp(pending.model, expired: expired)
        pending.continuation.resume(throwing: error)
    }

    // MARK: The engine's threads

    private func work() {
        while let batch = next() { compute(batch) }
    }

    private func next() -> RowQueue<Key, Work>.Batch? {
        let (batch, isMore): (RowQueue<Key, Work>.Batch?, Bool) = state.wait { state in
            if state.isClosed { return (nil, false) }
            guard let batch = state.queue.next(budget: state.limit) else { return nil }
            let now = ContinuousClock.now
            for row in batch.rows where state.pending[row.request]?.started == nil {
                state.pending[row.request]?.started = now
            }
            state.computing.batches += 1
            state.computing.cost += batch.cost
            return (batch, state.queue.waitingRows > 0)
        }
        // Another worker takes the rest.
        if isMore { state.wakeOne() }
        return batch
    }

    private func compute(_ batch: RowQueue<Key, Work>.Batch) {
        guard let computer = batch.rows.first?.payload.computer else { return }
        let rows = batch.rows.map(\.payload.row)
        let started = clock.now
        let answered = Answered(rows.count)
        do {
            try computer.compute(rows) { [weak self] index, output in
                answered.insert(index)
                self?.deliver(batch.rows[index], .success(output))
            }
        } catch  where rows.count == 1 {
            answered.insert(0)
            deliver(batch.rows[0], .failure(error))
        } catch {
            // One of the rows caused the error. The others are computed individually.
            for index in answered.missing {
                let own = Answered(1)
                do {
                    try computer.compute([rows[index]]) { [weak self] _, output in
                        own.insert(0)
                        self?.deliver(batch.rows[index], .success(output))
                    }
                    if own.missing.isEmpty { answered.insert(index) }
                } catch {
                    answered.insert(index)
                    deliver(batch.rows[index], .failure(error))
                }
            }
        }
        for index in answered.missing {
            deliver(batch.rows[index], .failure(ServingError.internalError("a row has no result")))
        }
        let elapsed = clock.now - started
        metrics.computed(rows: rows.count, tokens: rows.reduce(0) { $0 + $1.tokens }, in: elapsed)
        state.withLock { state in
            // Concurrent batches share the machine.
            state.speed.add(cost: batch.cost * state.computing.batches, elapsed)
            state.computing.batches -= 1
            state.computing.cost -= batch.cost
        }
    }

    private func deliver(_ row: RowQueue<Key, Work>.Row, _ result: Result<RowOutput, any Error>) {
        let done: (Pending, Result<EngineResult, any Error>)? = state.withLock { state in
            guard var pending = state.pending[row.request] else { return nil }
            switch result {
            case .failure(let error):
                state.queue.cancel(row.request)
                state.pending[row.request] = nil
                return (pending, .failure(RowFailure(place: row.payload.place, underlying: error)))
            case .success(let output):
                if pending.outputs[row.payload.place] == nil { pending.remaining -= 1 }
                pending.outputs[row.payload.place] = output
                guard pending.remaining == 0 else {
                    state.pending[row.request] = pending
                    return nil
                }
                state.pending[row.request] = nil
                let now = ContinuousClock.now
                let started = pending.started ?? now
                return (
                    pending,
                    .success(
                        EngineResult(
                            outputs: pending.outputs.compactMap { $0 }, tokens: pending.tokens,
                            queued: started - pending.arrived,
                            computed: now - started))
                )
            }
        }
        if let (pending, result) = done { pending.continuation.resume(with: result) }
    }
}

/// The rows of a batch that have been answered.
private final class Answered: Sendable {
    private let rows: Mutex<[Bool]>

    init(_ count: Int) { rows = Mutex([Bool](repeating: false, count: count)) }

    func insert(_ row: Int) { rows.withLock { $0[row] = true } }
    var missing: [Int] { rows.withLock { rows in rows.indices.filter { !rows[$0] } } }
}

/// The results of a request's rows.
struct EngineResult: Sendable {
    /// The outputs in the order of the rows.
    let outputs: [RowOutput]
    /// The number of tokens of all rows.
    let tokens: Int
    /// The time that the first row waited.
    let queued: Duration
    /// The time from the end of the first row's wait to the last row's output.
    let computed: Duration
}

/// An error of a row.
struct RowFailure: Error {
    /// The index of the row in the request.
    let place: Int
    let underlying: any Error
}

/// The measured speed of batches, and limits derived from it.
struct Speed: Sendable {
    /// Tokens per second, or nil before the first batch.
    private(set) var tokensPerSecond: Double?

    /// Adds a batch to the measurement.
    ///
    /// - Parameter cost: The tokens that all workers computed in this time.
    mutating func add(cost: Int, _ elapsed: Duration) {
        let seconds = elapsed.seconds
        guard seconds > 0 else { return }
        let measured = Double(cost) / seconds
        // A small batch says little about the speed of large ones.
        let weight = min(0.3, Double(cost) / 4096)
        tokensPerSecond = tokensPerSecond.map { $0 + weight * (measured - $0) } ?? measured
    }

    /// Returns the maximum number of tokens in a batch. At this size, the throughput of matrix products has leveled
    /// off, and a batch takes at most 50 ms while all workers compute.
    func budget(_ asked: Int?, workers: Int = 1) -> Int {
        if let asked { return asked }
        guard let tokensPerSecond else { return 1024 / max(workers, 1) }
        return max(256, min(2048, Int(tokensPerSecond * 0.05) / max(workers, 1)))
    }

    /// Returns the maximum number of waiting tokens.
    func capacity(_ asked: Int?) -> Int {
        if let asked { return asked }
        return max(65_536, Int(min((tokensPerSecond ?? 0) * 20, 1e12)))
    }

    /// Returns the estimated number of seconds until a number of tokens is computed, from 1 to 60.
    func secondsUntilDone(_ cost: Int) -> Int {
        guard let tokensPerSecond, tokensPerSecond > 0 else { return 1 }
        return Int(max(1, min(60, (Double(cost) / tokensPerSecond).rounded(.up))))
    }
}

extension Duration {
    /// The duration in seconds.
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
    /// The duration in whole milliseconds.
    var milliseconds: Int { Int((seconds * 1000).rounded()) }
}
