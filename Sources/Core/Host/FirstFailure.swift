import Synchronization

/// Carries the first error out of work that several threads do and that can't throw itself.
public final class FirstFailure: Sendable {
    private let error = Mutex<(any Error)?>(nil)

    /// No failure so far.
    public init() {}

    /// Runs `body`; keeps what it throws if it is the first.
    public func record(_ body: () throws -> Void) {
        do { try body() } catch { self.error.withLock { if $0 == nil { $0 = error } } }
    }

    /// Throws the first failure, if there was one.
    public func check() throws { if let error = error.withLock({ $0 }) { throw error } }
}
