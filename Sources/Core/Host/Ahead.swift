/// A value that is computed in advance on an idle thread, or on demand if there is none.
///
/// Nothing ever waits for work that hasn't started, so threads of the same pool can wait for each other's values
/// without a deadlock.
package final class Ahead<Value: Sendable>: @unchecked Sendable {
    private enum State {
        case waiting
        case running
        case done(Result<Value, any Error>)
    }

    // Protected by `monitor`.
    private var state = State.waiting
    private let monitor = Monitor()
    private let work: @Sendable () throws -> Value

    /// Starts `work` on an idle thread, if there is one. It inherits the cancellation of the current work.
    package init(on threads: ComputeThreads = .shared, _ work: @escaping @Sendable () throws -> Value) {
        let flag = Cancellation.flag
        self.work = { try Cancellation.$flag.withValue(flag, operation: work) }
        _ = threads.offer { self.begin() }
    }

    /// Returns the value, computing it on this thread if the work hasn't started.
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
