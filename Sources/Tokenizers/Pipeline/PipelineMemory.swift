import BertLocks

/// The buffers for tokenizing a text, and a cache of words.
final class PipelineMemory {
    var pieces = PreTokenizedText()
    /// The normalized text between two added tokens.
    var part = PreTokenizedText()
    var cache = WordCache()
    var model = ModelMemory()
}

/// A pool of buffers, one set per concurrent task.
final class PipelineMemoryPool: @unchecked Sendable {
    // Sendable because a set is used by one task at a time: it is removed from the list under the lock.
    private let free = ForkSafeMutex<[UncheckedMemory]>([])

    private struct UncheckedMemory: @unchecked Sendable { let memory: PipelineMemory }

    /// Calls `body` with buffers that no other task uses.
    func withMemory<Result>(_ body: (PipelineMemory) -> Result) -> Result {
        let lent = free.withLock { $0.popLast() } ?? UncheckedMemory(memory: PipelineMemory())
        defer { free.withLock { $0.append(lent) } }
        return body(lent.memory)
    }
}
