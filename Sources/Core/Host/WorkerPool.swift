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
/// One operation at a time has the workers; a second caller does its work alone rather than wait. Idle workers watch for
/// work for a moment (an encoder's operations follow each other within microseconds), then sleep.
public final class WorkerPool: Sendable {
    /// The number of threads that work, the caller included.
    public let threads: Int
    /// How often an idle worker looks for work before it sleeps.
    public let spins: Int
    private let workers: [Worker]
    private let busy = Atomic<Bool>(false)
    private let pending = Counter()

    /// A pool of `threads` threads altogether, the caller's among them; fewer if the system has no more to give.
    ///
    /// - Parameter spins: how often an idle worker looks for work before it sleeps; 0 sleeps at once. A thousand looks take
    ///   a microsecond or two, waking a worker that sleeps tens of them.
    public init(threads: Int, spins: Int = 50_000) {
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

    /// Calls `body` with parts of `0..<count`, each at least `grain` long, on all threads; returns when all are done.
    public func forEachRange(_ count: Int, grain: Int = 1, _ body: (Range<Int>) -> Void) {
        guard count > 0 else { return }
        let parts = min(threads, max(1, count / max(grain, 1)))
        run(parts: parts) { part in
            body(count * part / parts..<count * (part + 1) / parts)
        } alone: {
            body(0..<count)
        }
    }

    /// Calls `body` once for each of `0..<count`, handing them out one by one: for work of unequal size.
    public func forEach(_ count: Int, _ body: (Int) -> Void) {
        guard count > 0 else { return }
        let next = Atomic<Int>(0)
        run(parts: min(threads, count)) { _ in
            while true {
                let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard index < count else { return }
                body(index)
            }
        } alone: {
            for index in 0..<count { body(index) }
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

    /// Runs part 0 here and the others on workers, or `alone` if there is one part or somebody else has the workers.
    private func run(parts: Int, _ body: (Int) -> Void, alone: () -> Void) {
        guard parts > 1, busy.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged else {
            return alone()
        }
        withoutActuallyEscaping(body) { body in
            pending.value.store(parts - 1, ordering: .relaxed)
            for part in 1..<parts {
                // The closure does not outlive this call: `pending` reaches 0 only after every worker dropped it.
                workers[part - 1].post(part, body, finished: pending)
            }
            body(0)
            // A worker that still sleeps, or whose processor is busy with something else, is not waited for.
            for part in 1..<parts where workers[part - 1].withdraw() {
                body(part)
                pending.value.subtract(1, ordering: .relaxed)
            }
            var looks = 0
            while pending.value.load(ordering: .acquiring) > 0 {
                looks += 1
                if looks % 4_096 == 0 { sched_yield() }
            }
        }
        busy.store(false, ordering: .releasing)
    }
}
