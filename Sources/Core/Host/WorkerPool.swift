import CBertThreads
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Threads that do parts of an operation beside the caller.
///
/// Callers share them: as many threads work as the pool has, the callers' own among them, so the more callers there are
/// at a time (``asCaller(_:)``), the fewer workers each of them gets; where there are as many callers as threads, each does
/// its work alone. Nobody waits for a worker that somebody else has. Idle workers watch for work for a moment (an encoder's
/// operations follow each other within microseconds), then sleep.
///
/// The child of a fork has none of its parent's workers, and starts its own.
public final class WorkerPool: Sendable {
    /// The number of threads that work, the caller included.
    public let threads: Int
    /// How often an idle worker looks for work, and a caller for the end of its work, before it sleeps.
    public let spins: Int
    private let sleepers = SleepingCallers()
    private let workers: [Worker]
    private let callers = Atomic<Int>(0)
    /// The forks behind the process whose threads the workers have; ``reviving`` while they get new ones.
    private let generation = Atomic<Int>(bert_fork_count())
    private static let reviving = -1

    /// A pool of `threads` threads altogether, the caller's among them; fewer if the system has no more to give.
    ///
    /// - Parameters:
    ///   - threads: the number of threads, including the caller's.
    ///   - spins: how often an idle worker looks for work, and a caller for the end of its work, before it sleeps; 0 sleeps
    ///     at once. The processor pauses after each look: a thousand take 20 to 50 microseconds, about as long as waking a
    ///     thread.
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

    /// Runs `body`, work of many operations such as the pass of a model, as one of the callers that share the threads.
    ///
    /// Two passes at a time that both have every operation done by two threads on two processors wait for each other; each
    /// on one thread they take less time. Work that is no part of such a body counts as that of the only caller.
    public func asCaller<Result>(_ body: () throws -> Result) rethrows -> Result {
        callers.add(1, ordering: .relaxed)
        defer { callers.subtract(1, ordering: .relaxed) }
        return try body()
    }

    /// How many workers have no caller's processor now, and how many of them one caller may have.
    private var share: (workers: Int, ofEach: Int) {
        let callers = max(1, callers.load(ordering: .relaxed))
        let spare = max(0, threads - callers)
        return (spare, (spare + callers - 1) / callers)
    }

    /// Calls `body` with parts of `0..<count`, each at least `grain` long, on all threads that the caller may have;
    /// returns when all are done.
    public func forEachRange(_ count: Int, grain: Int = 1, _ body: (Range<Int>) -> Void) {
        guard count > 0 else { return }
        run(atMost: max(1, count / max(grain, 1))) { part, parts in
            body(count * part / parts..<count * (part + 1) / parts)
        }
    }

    /// Calls `body` once for each of `0..<count`, handing them out one by one: for work of unequal size.
    public func forEach(_ count: Int, _ body: (Int) -> Void) {
        guard count > 0 else { return }
        let next = Atomic<Int>(0)
        run(atMost: count) { part, _ in
            // A worker leaves when another caller has come who wants it; the caller stays.
            while part <= share.ofEach {
                let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard index < count else { return }
                body(index)
            }
        }
    }

    /// What `body` gives for each of `0..<count`, handed out one by one.
    ///
    /// The calls belong to the caller's task: they are cancelled with it, and part of its ``OperationScope``.
    ///
    /// - Throws: the first error of a call; those that have not begun by then are left out.
    public func map<Result: Sendable>(_ count: Int, _ body: (Int) throws -> Result) throws -> [Result] {
        let (scope, cancellation) = (OperationScope.current, Cancellation.flag)
        let failure = FirstFailure()
        let results = Mutex([Result?](repeating: nil, count: max(0, count)))
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

    /// Whether the workers have threads. In the child of a fork the first call starts them; others do without meanwhile.
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

    /// Runs parts of a piece of work at a time, part 0 here and the others on workers: as many parts as `wanted`, or as
    /// there are workers to be had.
    ///
    /// - Parameter body: is given the number of a part and how many there are.
    private func run(atMost wanted: Int, _ body: (_ part: Int, _ parts: Int) -> Void) {
        guard haveThreads() else { return body(0, 1) }
        let share = share
        let most = min(wanted - 1, share.ofEach)
        guard most > 0 else { return body(0, 1) }
        withUnsafeTemporaryAllocation(of: Int.self, capacity: most) { mine in
            var count = 0
            for index in 0..<share.workers where workers[index].claim() {
                mine[count] = index
                count += 1
                if count == most { break }
            }
            guard count > 0 else { return body(0, 1) }
            let parts = count + 1
            withoutActuallyEscaping({ body($0, parts) }) { body in
                Countdown.from(count, sleepers) { pending in
                    for part in 1..<parts {
                        // The closure does not outlive this call: `pending` reaches 0 only after every worker dropped it.
                        workers[mine[part - 1]].post(part, body, pending)
                    }
                    body(0)
                    // A worker that still sleeps, or whose processor is busy with something else, is not waited for.
                    for part in 1..<parts where workers[mine[part - 1]].withdraw(pending) {
                        body(part)
                        pending.countDown()
                    }
                    pending.wait(spins: spins)
                }
            }
        }
    }
}
