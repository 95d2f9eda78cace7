import Synchronization

/// The buffers for tokenizing one text, and a cache of words.
final class PipelineMemory {
    var pieces = PreTokenizedText()
    /// A part of the normalised text between two added tokens.
    var part = PreTokenizedText()
    var cache = WordCache()
    var model = ModelMemory()
}

/// Lends buffers, one set to each concurrent task.
final class PipelineMemoryPool: @unchecked Sendable {
    // Sendable because one task at a time has a set: it is taken off the list under the lock.
    private let free = Mutex<[UncheckedMemory]>([])

    private struct UncheckedMemory: @unchecked Sendable { let memory: PipelineMemory }

    /// Calls `body` with buffers that no other task uses.
    func withMemory<Result>(_ body: (PipelineMemory) -> Result) -> Result {
        let lent = free.withLock { $0.popLast() } ?? UncheckedMemory(memory: PipelineMemory())
        defer { free.withLock { $0.append(lent) } }
        return body(lent.memory)
    }
}
