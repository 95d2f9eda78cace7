import Synchronization

/// Lets work on a ``ComputeThreads`` stop once the task that waits for it is cancelled.
public enum Cancellation {
    /// Set when the task that waits for the running work is cancelled; nil for blocking calls.
    @TaskLocal static var flag: CancellationFlag?

    /// Throws if the work should stop. Called between layers and between batches, never within an operation.
    ///
    /// - Throws: `CancellationError` if the work runs on a ``ComputeThreads`` for a task that was cancelled; never in a
    ///   blocking call.
    public static func check() throws {
        if flag?.isSet == true { throw CancellationError() }
    }
}

/// Set once, from any thread.
final class CancellationFlag: Sendable {
    private let value = Atomic<Bool>(false)
    var isSet: Bool { value.load(ordering: .acquiring) }
    func set() { value.store(true, ordering: .releasing) }
}
