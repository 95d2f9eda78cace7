/// A pool of threads for compute-intensive work, which must not run on Swift's cooperative threads.
///
/// All pipelines of a process share ``shared``. Calls start in the order in which they are made, as many at a time as
/// there are threads. Others are suspended until a thread is available. Once ``queueLimit`` calls are waiting, further
/// calls throw an error, which bounds memory use.
///
/// Threads start on demand and end when the object is released.
public final class ComputeThreads: Sendable {
    /// The threads shared by all pipelines of the process; their number is set by `BERT_NUM_THREADS`.
    public static let shared = ComputeThreads((try? BertEnvironment.process.threadCount()) ?? 1)

    /// The thread for backends that don't use a ``WorkerPool``; it runs one call at a time.
    private static let single = ComputeThreads(1)

    /// Returns the shared threads for calls to a backend.
    package static func shared(for backend: any ComputeBackend) -> ComputeThreads {
        backend.workerPool == nil ? single : shared
    }

    /// The default for ``queueLimit``.
    public static let defaultQueueLimit = 4_096

    /// The maximum number of concurrent calls.
    public let count: Int
    /// The maximum number of waiting calls.
    public let queueLimit: Int
    private let queue: CallQueue

    /// Creates a pool of at most `count` threads (at least one) with at most `queueLimit` waiting calls.
    public init(_ count: Int, queueLimit: Int = ComputeThreads.defaultQueueLimit) {
        self.count = max(1, count)
        self.queueLimit = max(0, queueLimit)
        queue = CallQueue(threads: self.count, limit: self.queueLimit)
    }

    deinit { queue.close() }

    /// The number of running and waiting calls.
    public var load: Int { queue.load }

    /// Runs `work` on one of the threads and returns its result.
    ///
    /// If the task is canceled, a waiting call throws `CancellationError` immediately. Work that is already running
    /// throws it at the next ``Cancellation/check()``.
    ///
    /// - Throws: Errors of `work`; ``BertError`` with code `overloaded` if ``queueLimit`` calls are waiting, or
    ///   `outOfMemory` if the system can't create a thread.
    public func run<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        let cancelled = CancellationFlag()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Result, any Error>) in
                let call = CallQueue.Call(flag: cancelled) {
                    let result = Swift.Result {
                        try Cancellation.$flag.withValue(cancelled) {
                            try Cancellation.check()
                            return try work()
                        }
                    }
                    return { continuation.resume(with: result) }
                } fail: {
                    continuation.resume(throwing: $0)
                }
                if let refusal = queue.add(call) { call.fail(refusal) }
            }
        } onCancel: {
            cancelled.set()
            queue.remove(cancelled)?.fail(CancellationError())
        }
    }

    /// Runs `work` if a thread is idle; otherwise returns false without running it.
    func offer(_ work: @escaping @Sendable () -> Void) -> Bool {
        queue.add(
            CallQueue.Call(flag: CancellationFlag()) {
                work()
                return {}
            } fail: { _ in
            }, waits: false) == nil
    }
}

/// The queue of waiting calls. Owned by the threads rather than by ``ComputeThreads``, so that the latter can be
/// released.
private final class CallQueue: @unchecked Sendable {
    struct Call: Sendable {
        /// A flag that is set when the result is no longer needed. It also identifies the call.
        let flag: CancellationFlag
        /// Performs the work and returns a closure that delivers the result.
        let run: @Sendable () -> @Sendable () -> Void
        /// Delivers an error instead of a result.
        let fail: @Sendable (any Error) -> Void
    }

    // All variables are protected by `monitor`.
    private let monitor = Monitor()
    private var calls: [Call?] = []
    /// The index of the first waiting call. Entries before it have started and are nil.
    private var first = 0
    private var isClosed = false
    /// The number of threads, and the number of those that are running a call.
    private var (running, busy) = (0, 0)
    private let threads: Int
    private let limit: Int

    init(threads: Int, limit: Int) {
        self.threads = threads
        self.limit = limit
    }

    private var waiting: Int { calls.count - first }

    var load: Int { monitor.locked { busy + waiting } }

    /// Adds a call, or returns an error if that isn't possible.
    ///
    /// - Parameter waits: Whether the call may wait for a thread.
    func add(_ call: Call, waits: Bool = true) -> (any Error)? {
        monitor.locked {
            // Canceled before it was queued, so the cancellation handler didn't find it in the queue.
            if call.flag.isSet { return CancellationError() }
            let ahead = busy + waiting
            guard ahead < threads || waits && ahead - threads < limit else {
                return BertError(
                    .overloaded,
                    "\(ahead - threads) calls are already waiting for \(threads) threads; await some of them before you make more",
                    value: .int(ahead - threads), limit: .int(limit))
            }
            if ahead >= running, running < threads, DetachedThread.start({ self.work() }) { running += 1 }
            guard running > 0 else {
                return BertError(.outOfMemory, "the system can't create a thread")
            }
            calls.append(call)
            monitor.signal()
            return nil
        }
    }

    /// Removes a call that hasn't started.
    func remove(_ flag: CancellationFlag) -> Call? {
        monitor.locked {
            guard let place = calls[first...].firstIndex(where: { $0?.flag === flag }) else { return nil }
            return calls.remove(at: place)
        }
    }

    /// Ends the threads after their current calls.
    func close() {
        monitor.locked {
            isClosed = true
            monitor.broadcast()
        }
    }

    private func work() {
        while let call = next() {
            let handOver = call.run()
            // Update the count before the caller resumes, so that its next call finds this thread idle.
            monitor.locked { busy -= 1 }
            handOver()
        }
    }

    private func next() -> Call? {
        monitor.locked {
            while waiting == 0 {
                if isClosed { return nil }
                monitor.wait()
            }
            busy += 1
            let call = calls[first].take()
            first += 1
            if first > 64, first * 2 > calls.count {
                calls.removeFirst(first)
                first = 0
            }
            return call
        }
    }
}
