import Synchronization

/// Carries the first error out of work that several threads do and that can't throw itself.
public final class FirstFailure: Sendable {
    private let error = Mutex<(any Error)?>(nil)

    /// No failure so far.
    public init() {}

    /// Runs `body` and keeps what it throws; does not run it when something has failed.
    public func record(_ body: () throws -> Void) {
        guard error.withLock({ $0 == nil }) else { return }
        do { try body() } catch { self.error.withLock { if $0 == nil { $0 = error } } }
    }

    /// Throws the first failure, if there was one.
    public func check() throws { if let error = error.withLock({ $0 }) { throw error } }
}
