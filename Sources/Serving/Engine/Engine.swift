import BertCore
import Synchronization

/// An engine that computes the rows of all callers and models on its own threads. While one batch is computed, the next
/// one is formed from waiting rows. Unless it is asked to, the engine doesn't wait for a batch to fill up.
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

    /// A batch, and the flag that stops it between layers.
    private struct Batch: Sendable {
        let number: UInt64
        let queued: RowQueue<Key, Work>.Batch
        let computer: any RowComputer
        let stop = CancellationFlag()
    }

    private struct State {
        let workers: Int
        /// The time that rows wait for more rows.
        let delay: Duration
        var queue = RowQueue<Key, Work>()
        var pending: [UInt64: Pending] = [:]
        var next: UInt64 = 0
        var isClosed = false
        /// The batches that are being computed, by number, and the sum of their costs.
        var computing: [UInt64: Batch] = [:]
        var computingCost = 0
        var nextBatch: UInt64 = 0
        /// When the queue was last empty, so that the next batch is due after the delay.
        var opened = ContinuousClock.now
        /// Whether the waiting rows are the rest of a batch that was due.
        var isDue = false
        var speed = Speed()
        var depths = ExpectedDepths()
        var capacity: Int?
        var budget: Int?

        /// The cost up to which a batch isn't divided between workers.
        static let leastBudget = 64

        /// The maximum cost of the next batch.
        ///
        /// A worker takes its share of the rows that are waiting or being computed. Otherwise it would take all rows of
        /// concurrent callers, so that large batches would alternate with tiny ones, which are inefficient.
        var limit: Int {
            let share = (queue.waitingCost + computingCost + workers - 1) / workers
            return min(speed.budget(budget, workers: workers), max(Self.leastBudget, share))
        }

        /// Returns the time until the waiting rows are computed even if there are few of them.
        func delayLeft(_ now: ContinuousClock.Instant) -> Duration {
            guard delay > .zero, !isDue, queue.waitingCost < speed.budget(budget, workers: workers) else {
                return .zero
            }
            return delay - (now - opened)
        }

        /// Removes and returns the next batch.
        mutating func take() -> Batch? {
            guard let queued = queue.next(budget: limit), let computer = queued.rows.first?.payload.computer else {
                return nil
            }
            let now = ContinuousClock.now
            for row in queued.rows where pending[row.request]?.started == nil { pending[row.request]?.started = now }
            nextBatch += 1
            let batch = Batch(number: nextBatch, queued: queued, computer: computer)
            computing[batch.number] = batch
            computingCost += queued.cost
            isDue = !queue.isEmpty
            return batch
        }

        /// Stops the batches of which no row is awaited anymore.
        func stopAbandoned() {
            for batch in computing.values where batch.queued.rows.allSatisfy({ pending[$0.request] == nil }) {
                batch.stop.set()
            }
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
    ///   - delay: The time that rows wait for more rows if they don't fill a batch.
    /// - Throws: `BertError` with code `outOfMemory` if a thread can't be created.
    init(workers: Int, budget: Int?, capacity: Int?, delay: Duration = .zero, metrics: Metrics) throws {
        var state = State(workers: max(workers, 1), delay: delay)
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
            state.stopAbandoned()
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
        var work = rows.enumerated().map { place, row in
            RowQueue<Key, Work>.NewRow(
                key: Key(computer: key, kind: row.kind), cost: Self.cost(row.tokens),
                payload: Work(row: row, computer: computer, place: place))
        }
        let now = clock.now
        let refusal: (any Error)? = state.signal { state in
            if state.isClosed { return ServingError.shuttingDown() }
            if computer.exitLayers != nil { state.depths.reduce(&work, computer) }
            let cost = work.reduce(0) { $0 + $1.cost }
            let waiting = state.queue.waitingCost
            if waiting > 0, waiting + cost > state.speed.capacity(state.capacity) {
                return ServingError.overloaded(retryAfter: state.speed.secondsUntilDone(waiting))
            }
            state.pending[id] = Pending(
                outputs: Array(repeating: nil, count: rows.count), remaining: rows.count, model: model,
                tokens: rows.reduce(0) { $0 + $1.tokens }, arrived: now,
                continuation: continuation)
            if state.queue.isEmpty {
                state.opened = now
                state.isDue = false
            }
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
            let pending = state.pending.removeValue(forKey: id)
            if pending?.started != nil { state.stopAbandoned() }
            return pending
        }
        guard let pending else { return }
        metrics.gaveUp(pending.model, expired: expired)
        pending.continuation.resume(throwing: error)
    }

    // MARK: The engine's threads

    private func work() { while computeNext() {} }

    /// Waits for a batch, and computes it and those that are waiting then. Keeps no model in memory afterwards.
    ///
    /// - Returns: false if the engine is closed.
    private func computeNext() -> Bool {
        var next = self.next(waits: true)
        if next == nil { return false }
        while let batch = next {
            // As long as there are batches, this thread is one of the callers that share the threads.
            if let pool = batch.computer.pool {
                next = pool.asLastingCaller { computeAll(batch, on: pool) }
            } else {
                next = computeAll(batch, on: nil)
            }
        }
        return true
    }

    /// Computes a batch and those that are waiting. Returns the first one that is computed with other threads.
    private func computeAll(_ first: Batch, on pool: WorkerPool?) -> Batch? {
        var next: Batch? = first
        while let batch = next, batch.computer.pool === pool {
            compute(batch)
            next = self.next(waits: false)
        }
        return next
    }

    /// Returns the next batch.
    ///
    /// - Parameter waits: Whether to wait for one if no rows are waiting.
    /// - Returns: nil if the engine is closed, or if there is no batch to wait for.
    private func next(waits: Bool) -> Batch? {
        let (batch, isMore): (Batch?, Bool) = state.wait { state in
            if state.isClosed { return .result((nil, false)) }
            if state.queue.isEmpty { return waits ? .change : .result((nil, false)) }
            let left = state.delayLeft(.now)
            if left > .zero { return waits ? .time(left) : .result((nil, false)) }
            guard let batch = state.take() else { return waits ? .change : .result((nil, false)) }
            return .result((batch, state.queue.waitingRows > 0))
        }
        // Another worker takes the rest.
        if isMore { state.wakeOne() }
        return batch
    }

    private func compute(_ batch: Batch) {
        let (queued, computer) = (batch.queued.rows, batch.computer)
        let rows = queued.map(\.payload.row)
        let started = clock.now
        let answered = Answered(rows.count)
        func run(_ indices: [Int]) throws {
            try Cancellation.with(batch.stop) {
                try computer.compute(indices.map { rows[$0] }) { [weak self] place, output in
                    answered.insert(indices[place], output)
                    self?.deliver(queued[indices[place]], .success(output))
                }
            }
        }
        do { try run(Array(rows.indices)) } catch  where rows.count == 1 {
            answered.insert(0)
            deliver(queued[0], .failure(error))
        } catch {
            // One of the rows caused the error. The others are computed individually.
            for index in answered.missing where !batch.stop.isSet {
                do { try run([index]) } catch {
                    answered.insert(index)
                    deliver(queued[index], .failure(error))
                }
            }
        }
        // A batch that was stopped has no callers.
        let isStopped = batch.stop.isSet
        if !isStopped {
            for index in answered.missing {
                deliver(queued[index], .failure(ServingError.internalError("a row has no result")))
            }
        }
        let elapsed = clock.now - started
        metrics.computed(rows: rows.count, tokens: rows.reduce(0) { $0 + $1.tokens }, in: elapsed, isStopped: isStopped)
        state.withLock { state in
            if !isStopped {
                // Concurrent batches share the machine.
                state.speed.add(cost: batch.queued.cost * state.computing.count, elapsed)
                if let layers = computer.exitLayers {
                    state.depths.add(answered.exits, of: layers, rows, computer)
                }
            }
            state.computing[batch.number] = nil
            state.computingCost -= batch.queued.cost
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

/// The rows of a batch that have been answered, and their exit layers.
private final class Answered: Sendable {
    private let rows: Mutex<[(isAnswered: Bool, exit: Int?)]>

    init(_ count: Int) { rows = Mutex(Array(repeating: (false, nil), count: count)) }

    func insert(_ row: Int, _ output: RowOutput? = nil) {
        var exit: Int?
        if case .logits(_, let layer)? = output { exit = layer }
        rows.withLock { [exit] in $0[row] = (true, exit) }
    }
    var missing: [Int] { rows.withLock { rows in rows.indices.filter { !rows[$0].isAnswered } } }
    var exits: [Int?] { rows.withLock { $0.map(\.exit) } }
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
