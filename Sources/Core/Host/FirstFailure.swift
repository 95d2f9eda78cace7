import BertLocks

/// Stores the first error of concurrent closures that can't throw.
public final class FirstFailure: Sendable {
    private let error = ForkSafeMutex<(any Error)?>(nil)

    /// Creates an instance without an error.
    public init() {}

    /// Runs `body` and stores its error. Does nothing if an error is already stored.
    public func record(_ body: () throws -> Void) {
        guard error.withLock({ $0 == nil }) else { return }
        do { try body() } catch { self.error.withLock { if $0 == nil { $0 = error } } }
    }

    /// Throws the stored error, if any.
    public func check() throws { if let error = error.withLock({ $0 }) { throw error } }
}
