import BertLocks
import CBertThreads
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A pool of threads that execute parts of an operation together with the calling thread.
///
/// The pool is shared by concurrent callers (``asCaller(_:)``). The total number of active threads, including the
/// callers, doesn't exceed the size of the pool. So each caller gets fewer workers the more callers there are, and none
/// if there are as many callers as threads. Callers never wait for workers that are in use. Idle workers poll briefly,
/// because the operations of an encoder follow each other within microseconds, and then sleep.
///
/// The child of a fork starts new workers, because threads aren't inherited.
public final class WorkerPool: Sendable {
    /// The number of threads, including the caller's.
    public let threads: Int
    /// The number of times that idle workers and waiting callers poll before they sleep.
    public let spins: Int
    private let sleepers = SleepingCallers()
    private let workers: [Worker]
    private let callers = Atomic<Int>(0)
    private let started = Atomic<Int>(0)
    /// The fork count of the process that the workers were started in; ``reviving`` while they are restarted.
    private let generation = Atomic<Int>(bert_fork_count())
    private static let reviving = -1

    /// Creates a pool of `threads` threads, or fewer if the system can't create as many.
    ///
    /// - Parameters:
    ///   - threads: The number of threads, including the caller's.
    ///   - spins: The number of times that idle workers and waiting callers poll before they sleep; 0 to sleep
    ///     immediately. The processor pauses after each poll. A thousand polls take 20 to 50 microseconds, about as
    ///     long as waking a thread.
    public init(threads: Int, spins: Int = 2_000) {
        var workers: [Worker] = []
        for _ in 1..<max(threads, 1) {
            guard let worker = Worker(spins: spins) else { break }
            workers.append(worker)
        }
        self.workers = workers
        self.spins = spins
        self.threads = workers.count + 1
    }

    deinit { for worker in workers { worker.stop() } }

    /// Runs `body`, which performs many operations, such as a forward pass, as one of the callers that share the
    /// threads.
    ///
    /// Two concurrent passes that each use two threads on two processors wait for each other; with one thread each they
    /// take less time. Work outside of such a body is treated as that of the only caller.
    public func asCaller<Result>(_ body: () throws -> Result) rethrows -> Result {
        if Self.lasting == ObjectIdentifier(self) { return try body() }
        callers.add(1, ordering: .relaxed)
        defer { callers.subtract(1, ordering: .relaxed) }
        return try body()
    }

    /// Runs `body`, which performs one pass after the other, as one caller, also between the passes.
    ///
    /// Otherwise the workers would help other callers in the short time between two passes, and then compete with the
    /// next pass for processors, while those callers wait for them.
    package func asLastingCaller<Result>(_ body: () throws -> Result) rethrows -> Result {
        try asCaller { try Self.$lasting.withValue(ObjectIdentifier(self), operation: body) }
    }

    /// The pool that the current work is a lasting caller of.
    @TaskLocal private static var lasting: ObjectIdentifier?

    /// The number of operations or parts of them that were divided among threads so far. The calling thread waits at
    /// the end of each, so this is also the number of barriers.
    package var dividedOperations: Int { started.load(ordering: .relaxed) }

    /// The number of workers that aren't needed by callers, and the maximum number of workers per caller.
    private var share: (workers: Int, ofEach: Int) {
        let callers = max(1, callers.load(ordering: .relaxed))
        let spare = max(0, threads - callers)
        return (spare, (spare + callers - 1) / callers)
    }

    /// Calls `body` in parallel with consecutive ranges of `0..<count`, each at least `grain` long, and waits for
    /// completion.
    public func forEachRange(_ count: Int, grain: Int = 1, _ body: (Range<Int>) -> Void) {
        guard count > 0 else { return }
        run(atMost: max(1, count / max(grain, 1))) { part, parts in
            body(count * part / parts..<count * (part + 1) / parts)
        }
    }

    /// Calls `body` in parallel for each index in `0..<count`. Indices are assigned dynamically, for items of unequal
    /// cost.
    public func forEach(_ count: Int, _ body: (Int) -> Void) {
        guard count > 0 else { return }
        let next = Atomic<Int>(0)
        run(atMost: count) { part, _ in
            // A worker stops early if another caller needs it; the calling thread continues.
            while part <= share.ofEach {
                let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard index < count else { return }
                body(index)
            }
        }
    }

    /// Returns the results of `body` for each index in `0..<count`. Indices are assigned dynamically.
    ///
    /// The calls inherit the cancellation and the ``OperationScope`` of the caller.
    ///
    /// - Throws: The first error of a call. Calls that haven't started by then are skipped.
    public func map<Result: Sendable>(_ count: Int, _ body: (Int) throws -> Result) throws -> [Result] {
        let (scope, cancellation) = (OperationScope.current, Cancellation.flag)
        let failure = FirstFailure()
        let results = ForkSafeMutex([Result?](repeating: nil, count: max(0, count)))
        forEach(count) { index in
            failure.record {
                let result = try OperationScope.$current.withValue(scope) {
                    try Cancellation.$flag.withValue(cancellation) { try body(index) }
                }
                results.withLock { $0[index] = result }
            }
        }
        try failure.check()
        return results.withLock { $0.compactMap { $0 } }
    }

    /// Returns whether the workers have threads. In the child of a fork, the first call starts them; concurrent callers
    /// run without workers in the meantime.
    private func haveThreads() -> Bool {
        let now = bert_fork_count()
        let started = generation.load(ordering: .acquiring)
        if started == now { return true }
        guard started != Self.reviving,
            generation.compareExchange(expected: started, desired: Self.reviving, ordering: .acquiring).exchanged
        else { return false }
        sleepers.revive()
        for worker in workers { worker.revive() }
        generation.store(now, ordering: .releasing)
        return true
    }

    /// Runs up to `wanted` parts of some work in parallel, part 0 on this thread and the others on the available
    /// workers.
    ///
    /// - Parameter body: Receives the index of a part and the number of parts.
    private func run(atMost wanted: Int, _ body: (_ part: Int, _ parts: Int) -> Void) {
        if wanted > 1 { started.add(1, ordering: .relaxed) }
        guard haveThreads() else { return body(0, 1) }
        let share = share
        let most = min(wanted - 1, share.ofEach)
        guard most > 0 else { return body(0, 1) }
        unsafe withUnsafeTemporaryAllocation(of: Int.self, capacity: most) { mine in
            var count = 0
            for index in 0..<share.workers where workers[index].claim() {
                unsafe mine[count] = index
                count += 1
                if count == most { break }
            }
            guard count > 0 else { return body(0, 1) }
            let parts = count + 1
            withoutActuallyEscaping({ body($0, parts) }) { body in
                Countdown.from(count, sleepers) { pending in
                    for part in 1..<parts {
                        // The closure doesn't escape: `pending` reaches 0 only after every worker has released it.
                        unsafe workers[mine[part - 1]].post(part, body, pending)
                    }
                    body(0)
                    // Don't wait for workers that are still asleep or whose processor is busy.
                    for part in 1..<parts where unsafe workers[mine[part - 1]].withdraw(pending) {
                        body(part)
                        pending.countDown()
                    }
                    pending.wait(spins: spins)
                }
            }
        }
    }
}
