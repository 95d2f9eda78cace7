import Synchronization

/// Carries the first error out of work on several threads whose closures can't throw.
public final class FirstFailure: Sendable {
    private let error = Mutex<(any Error)?>(nil)

    /// Starts without a failure.
    public init() {}

    /// Runs `body` and keeps its error. Does nothing after a failure.
    public func record(_ body: () throws -> Void) {
        guard error.withLock({ $0 == nil }) else { return }
        do { try body() } catch { self.error.withLock { if $0 == nil { $0 = error } } }
    }

    /// Throws the first failure, if any.
    public func check() throws { if let error = error.withLock({ $0 }) { throw error } }
}
