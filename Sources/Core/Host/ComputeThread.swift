#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A thread of its own for heavy work, so that none of it runs on Swift's cooperative threads.
///
/// Work is done one piece after the other, in the order it was handed in. The thread starts with the first piece and
/// ends when the object goes away.
public final class ComputeThread: Sendable {
    private let queue: JobQueue

    /// A thread that starts when it is first needed.
    public init() { queue = JobQueue() }

    deinit { queue.close() }

    /// Runs `work` on the thread and gives its result to the awaiting task.
    ///
    /// Work whose task is cancelled throws `CancellationError`: before its turn, or where it asks
    /// ``Cancellation/check()`` next.
    public func run<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        let cancelled = CancellationFlag()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Result, any Error>) in
                let accepted = queue.add {
                    continuation.resume(
                        with: Swift.Result {
                            try Cancellation.$flag.withValue(cancelled) {
                                try Cancellation.check()
                                return try work()
                            }
                        })
                }
                if !accepted {
                    continuation.resume(
                        throwing: BertError(.outOfMemory, "the system has no thread left to compute on"))
                }
            }
        } onCancel: {
            cancelled.set()
        }
    }
}

/// Jobs waiting for one thread. The thread holds this, not the ``ComputeThread``, so that the latter can go away.
private final class JobQueue: @unchecked Sendable {
    // `jobs`, `isClosed` and `isRunning` are touched only with `mutex` held.
    private var jobs: [@Sendable () -> Void] = []
    private var isClosed = false
    private var isRunning = false
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    private func locked<Result>(_ body: () -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }

    /// False if there is no thread to do it.
    func add(_ job: @escaping @Sendable () -> Void) -> Bool {
        locked {
            if !isRunning { isRunning = DetachedThread.start { self.work() } }
            guard isRunning else { return false }
            jobs.append(job)
            pthread_cond_signal(condition)
            return true
        }
    }

    /// Ends the thread once the jobs it has are done.
    func close() {
        locked {
            isClosed = true
            pthread_cond_signal(condition)
        }
    }

    private func work() {
        while let job = next() { job() }
    }

    private func next() -> (@Sendable () -> Void)? {
        locked {
            while jobs.isEmpty {
                if isClosed { return nil }
                pthread_cond_wait(condition, mutex)
            }
            return jobs.removeFirst()
        }
    }
}
