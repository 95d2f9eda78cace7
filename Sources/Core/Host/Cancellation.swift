import Synchronization

/// Lets work on a ``ComputeThreads`` stop when nobody waits for it any more.
public enum Cancellation {
    /// Set when the task that waits for the running work is cancelled; nil for work that its caller waits for.
    @TaskLocal static var flag: CancellationFlag?

    /// Asks whether to go on: between layers, between batches, never within an operation.
    ///
    /// - Throws: `CancellationError` if the work runs on a ``ComputeThreads`` for a task that was cancelled. It never
    ///   throws where a caller waits for the work itself.
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
