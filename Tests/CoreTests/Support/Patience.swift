import Foundation
import Synchronization

/// Waits for other threads, with a timeout that is long enough for a busy machine.
enum Patience {
    private static let limit = Duration.seconds(60)

    /// Blocks the thread until a condition holds. Returns false after the timeout.
    static func wait(until holds: () -> Bool) -> Bool {
        let end = ContinuousClock.now + limit
        while !holds() {
            guard .now < end else { return false }
            usleep(100)
        }
        return true
    }

    /// Suspends the task until a condition holds. Returns false after the timeout. Used to wait for other tasks:
    /// blocking a cooperative thread could block the thread that they need. A new task may start only after all tests
    /// that were already waiting for a thread, so the timeout is longer than a whole run.
    static func wait(untilSo holds: () -> Bool) async -> Bool {
        let end = ContinuousClock.now + limit * 60
        while !holds() {
            guard .now < end else { return false }
            try? await Task.sleep(for: .milliseconds(2))
        }
        return true
    }
}

/// Work on its own thread, which starts even if all of Swift's cooperative threads are busy.
final class OtherThread<Result: Sendable>: Sendable {
    private let result = Mutex<Result?>(nil)

    init(_ work: @escaping @Sendable () -> Result) {
        Thread.detachNewThread {
            let value = work()
            self.result.withLock { $0 = value }
        }
    }

    /// Blocks the thread until the work is done. Returns nil after the timeout.
    var value: Result? {
        _ = Patience.wait(until: { result.withLock { $0 != nil } })
        return result.withLock { $0 }
    }
}
