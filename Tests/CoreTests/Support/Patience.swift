import Foundation
import Synchronization

/// Waits for other threads, long enough for a busy machine, not for ever.
enum Patience {
    private static let limit = Duration.seconds(60)

    /// Holds the thread until something is so; false if it never was.
    static func wait(until holds: () -> Bool) -> Bool {
        let end = ContinuousClock.now + limit
        while !holds() {
            guard .now < end else { return false }
            usleep(100)
        }
        return true
    }

    /// Suspends the task until something is so; false if it never was. For what other tasks do: a test that held a
    /// cooperative thread might hold the one that they need.
    static func wait(untilSo holds: () -> Bool) async -> Bool {
        let end = ContinuousClock.now + limit * 10
        while !holds() {
            guard .now < end else { return false }
            try? await Task.sleep(for: .milliseconds(2))
        }
        return true
    }
}

/// Work on a thread of its own, which starts whatever else Swift's cooperative threads have to do.
final class OtherThread<Result: Sendable>: Sendable {
    private let result = Mutex<Result?>(nil)

    init(_ work: @escaping @Sendable () -> Result) {
        Thread.detachNewThread {
            let value = work()
            self.result.withLock { $0 = value }
        }
    }

    /// Holds the thread until the work is done; nil if it never was.
    var value: Result? {
        _ = Patience.wait(until: { result.withLock { $0 != nil } })
        return result.withLock { $0 }
    }
}
