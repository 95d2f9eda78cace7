#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Threads for heavy work, so that none of it runs on Swift's cooperative threads.
///
/// Work begins in the order it was handed in, as many pieces at a time as there are threads. A thread starts when there is
/// work for it and ends when the object goes away.
public final class ComputeThreads: Sendable {
    private let queue: JobQueue

    /// At most `count` threads.
    public init(_ count: Int) { queue = JobQueue(threads: max(1, count)) }

    /// As many threads as a backend computes on: one piece of work has them all, several share them.
    package convenience init(for backend: any ComputeBackend) { self.init(backend.workerPool?.threads ?? 1) }

    deinit { queue.close() }

    /// Runs `work` on one of the threads and gives its result to the awaiting task.
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

/// Jobs waiting for threads. The threads hold this, not the ``ComputeThreads``, so that the latter can go away.
private final class JobQueue: @unchecked Sendable {
    // What varies is touched only with `mutex` held.
    private var jobs: [@Sendable () -> Void] = []
    private var isClosed = false
    private var running = 0
    private var idle = 0
    private let threads: Int
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init(threads: Int) {
        self.threads = threads
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
            if jobs.count >= idle, running < threads, DetachedThread.start({ self.work() }) {
                running += 1
            }
            guard running > 0 else { return false }
            jobs.append(job)
            pthread_cond_signal(condition)
            return true
        }
    }

    /// Ends the threads once the jobs they have are done.
    func close() {
        locked {
            isClosed = true
            pthread_cond_broadcast(condition)
        }
    }

    private func work() {
        while let job = next() { job() }
    }

    private func next() -> (@Sendable () -> Void)? {
        locked {
            idle += 1
            defer { idle -= 1 }
            while jobs.isEmpty {
                if isClosed { return nil }
                pthread_cond_wait(condition, mutex)
            }
            return jobs.removeFirst()
        }
    }
}
