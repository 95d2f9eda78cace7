import Synchronization

/// Cooperative cancellation of work that runs on a ``ComputeThreads``.
public enum Cancellation {
    /// A flag that is set when the task awaiting the current work is canceled; nil for blocking calls.
    @TaskLocal static var flag: CancellationFlag?

    /// Throws an error if the current work has been canceled. Call this between layers and batches.
    ///
    /// - Throws: `CancellationError` if the work runs on a ``ComputeThreads`` and the awaiting task was canceled.
    ///   Never throws in blocking calls.
    public static func check() throws {
        if flag?.isSet == true { throw CancellationError() }
    }

    /// Runs work that a flag cancels.
    package static func with<Result>(_ flag: CancellationFlag, _ work: () throws -> Result) rethrows -> Result {
        try $flag.withValue(flag, operation: work)
    }
}

/// A thread-safe flag that can only be set.
package final class CancellationFlag: Sendable {
    private let value = Atomic<Bool>(false)
    package init() {}
    package var isSet: Bool { value.load(ordering: .acquiring) }
    package func set() { value.store(true, ordering: .releasing) }
}
