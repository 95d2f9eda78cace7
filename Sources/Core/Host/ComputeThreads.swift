/// Threads for heavy work, so that none of it runs on Swift's cooperative threads.
///
/// All pipelines of a process share ``shared``. Calls begin in the order they were made, as many at a time as there are
/// threads; the others wait, suspended. At most ``queueLimit`` calls may wait: the next one throws an error at once, so
/// that a program that asks for more than it can compute learns it instead of running out of memory.
///
/// A thread starts when there is work for it and ends when the object goes away.
public final class ComputeThreads: Sendable {
    /// The threads that all pipelines of the process compute on: as many as `BERT_NUM_THREADS` says.
    public static let shared = ComputeThreads((try? BertEnvironment.process.threadCount()) ?? 1)

    /// The threads for calls to backends that don't divide their work among the threads of a ``WorkerPool``: one call at a
    /// time.
    private static let single = ComputeThreads(1)

    /// The shared threads for calls to a backend.
    package static func shared(for backend: any ComputeBackend) -> ComputeThreads {
        backend.workerPool == nil ? single : shared
    }

    /// How many calls may wait unless told otherwise.
    public static let defaultQueueLimit = 4_096

    /// The most calls that run at a time.
    public let count: Int
    /// The most calls that wait for a thread.
    public let queueLimit: Int
    private let queue: CallQueue

    /// At most `count` threads, at least one; at most `queueLimit` calls wait for one of them.
    public init(_ count: Int, queueLimit: Int = ComputeThreads.defaultQueueLimit) {
        self.count = max(1, count)
        self.queueLimit = max(0, queueLimit)
        queue = CallQueue(threads: self.count, limit: self.queueLimit)
    }

    deinit { queue.close() }

    /// How many calls run or wait now.
    public var load: Int { queue.load }

    /// Runs `work` on one of the threads and returns its result to the awaiting task.
    ///
    /// If the task is cancelled, a call that waits throws `CancellationError` at once; work that has begun throws it
    /// where it next calls ``Cancellation/check()``.
    ///
    /// - Throws: what `work` throws; ``BertError`` with code `overloaded` if ``queueLimit`` calls are waiting, with
    ///   `outOfMemory` if the system refuses a thread.
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

    /// Runs `work` now if a thread is free; false, without running it, if none is.
    func offer(_ work: @escaping @Sendable () -> Void) -> Bool {
        queue.add(
            CallQueue.Call(flag: CancellationFlag()) {
                work()
                return {}
            } fail: { _ in
            }, waits: false) == nil
    }
}

/// Calls waiting for threads. The threads hold this, not the ``ComputeThreads``, so that the latter can go away.
private final class CallQueue: @unchecked Sendable {
    struct Call: Sendable {
        /// Set when nobody waits for the result any more; tells calls apart.
        let flag: CancellationFlag
        /// Does the work; gives what hands the result over.
        let run: @Sendable () -> @Sendable () -> Void
        /// Hands an error over in place of a result.
        let fail: @Sendable (any Error) -> Void
    }

    // All variables are touched only with `monitor` held.
    private let monitor = Monitor()
    private var calls: [Call?] = []
    /// Where the first call is; those before it have begun and are nil.
    private var first = 0
    private var isClosed = false
    /// Threads there are, and threads that run a call.
    private var (running, busy) = (0, 0)
    private let threads: Int
    private let limit: Int

    init(threads: Int, limit: Int) {
        self.threads = threads
        self.limit = limit
    }

    private var waiting: Int { calls.count - first }

    var load: Int { monitor.locked { busy + waiting } }

    /// Takes a call, or gives the reason why not.
    ///
    /// - Parameter waits: whether the call may wait for a thread.
    func add(_ call: Call, waits: Bool = true) -> (any Error)? {
        monitor.locked {
            // Cancelled before it got here: whoever cancelled it did not find it in the queue.
            if call.flag.isSet { return CancellationError() }
            let ahead = busy + waiting
            guard ahead < threads || waits && ahead - threads < limit else {
                return BertError(
                    .overloaded,
                    "\(ahead - threads) calls are waiting for \(threads) threads already; await some before making more",
                    value: .int(ahead - threads), limit: .int(limit))
            }
            if ahead >= running, running < threads, DetachedThread.start({ self.work() }) { running += 1 }
            guard running > 0 else {
                return BertError(.outOfMemory, "the system refuses a thread to compute on")
            }
            calls.append(call)
            monitor.signal()
            return nil
        }
    }

    /// Takes a call out that has not begun.
    func remove(_ flag: CancellationFlag) -> Call? {
        monitor.locked {
            guard let place = calls[first...].firstIndex(where: { $0?.flag === flag }) else { return nil }
            return calls.remove(at: place)
        }
    }

    /// Ends the threads once the calls they have are done.
    func close() {
        monitor.locked {
            isClosed = true
            monitor.broadcast()
        }
    }

    private func work() {
        while let call = next() {
            let handOver = call.run()
            // Before the caller goes on: it may call again, and finds this thread free.
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
