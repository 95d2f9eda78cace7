/// A value that a free thread computes ahead; if no thread is free, whoever needs it computes it.
///
/// So nobody ever waits for work that has not begun, and holders of threads can wait for each other's values.
package final class Ahead<Value: Sendable>: @unchecked Sendable {
    private enum State {
        case waiting
        case running
        case done(Result<Value, any Error>)
    }

    // Touched only with `monitor` held.
    private var state = State.waiting
    private let monitor = Monitor()
    private let work: @Sendable () throws -> Value

    /// Begins `work` on a free thread, if there is one. It is cancelled with the work that began it.
    package init(on threads: ComputeThreads = .shared, _ work: @escaping @Sendable () throws -> Value) {
        let flag = Cancellation.flag
        self.work = { try Cancellation.$flag.withValue(flag, operation: work) }
        _ = threads.offer { self.begin() }
    }

    /// The value; computes it here if nobody has begun to.
    package func value() throws -> Value {
        begin()
        return try monitor.locked {
            while true {
                if case .done(let result) = state { return try result.get() }
                monitor.wait()
            }
        }
    }

    private func begin() {
        let isMine = monitor.locked {
            guard case .waiting = state else { return false }
            state = .running
            return true
        }
        guard isMine else { return }
        let result = Result(catching: work)
        monitor.locked {
            state = .done(result)
            monitor.broadcast()
        }
    }
}
