import Synchronization

/// What a pipeline needs while it tokenizes one text: memory, and the words it remembers.
final class PipelineMemory {
    var pieces = PreTokenizedText()
    /// A part of the normalised text between two added tokens.
    var part = PreTokenizedText()
    var cache = WordCache()
    var model = ModelMemory()
}

/// Lends memory to whoever tokenizes, one for each task that does so at the same time.
final class PipelineMemoryPool: @unchecked Sendable {
    // Sendable because what is lent is in one hand at a time: it is taken off the list under the lock.
    private let free = Mutex<[UncheckedMemory]>([])

    private struct UncheckedMemory: @unchecked Sendable { let memory: PipelineMemory }

    /// Calls `body` with memory that no one else has.
    func withMemory<Result>(_ body: (PipelineMemory) -> Result) -> Result {
        let lent = free.withLock { $0.popLast() } ?? UncheckedMemory(memory: PipelineMemory())
        defer { free.withLock { $0.append(lent) } }
        return body(lent.memory)
    }
}
