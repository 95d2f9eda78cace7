import Bert
import Synchronization
import TestSupport
import Testing

/// A backend that calls a closure at a given number of operations of a kind.
private struct Alarm: BackendDecorator {
    let base: any ComputeBackend
    let clock: Clock
    let usesScope = false

    final class Clock: Sendable {
        let kind: OperationKind
        private let state = Mutex<(count: Int, number: Int, action: @Sendable () -> Void)>((0, 0, {}))

        init(_ kind: OperationKind) { self.kind = kind }

        var count: Int { state.withLock { $0.count } }

        func set(_ number: Int, _ action: @escaping @Sendable () -> Void) {
            state.withLock { $0 = (0, number, action) }
        }

        func tick() {
            let action = state.withLock { state in
                state.count += 1
                return state.count == state.number ? state.action : {}
            }
            action()
        }
    }

    func perform(_ call: OperationCall) throws -> OperationResult {
        let result = try call(on: base)
        if call.kind == clock.kind { clock.tick() }
        return result
    }
}

/// Tests that canceled work stops at the next layer, batch or block.
@Suite struct CancellationTests {
    private func embedder(_ clock: Alarm.Clock) throws -> SentenceEmbedder {
        try SentenceEmbedder(
            ModelFiles(folder: Fixtures.path("pipelines/sentence-bert")),
            on: Alarm(base: BackendRegistry.shared.backend("reference"), clock: clock))
    }

    /// Runs `work` in a task that is canceled at an operation. Returns the number of operations at this time.
    private func cancel<Value: Sendable>(
        at number: Int, _ clock: Alarm.Clock, _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Int {
        let (start, starter) = AsyncStream.makeStream(of: Void.self)
        let task = Task {
            for await _ in start { break }
            return try await work()
        }
        clock.set(number) { task.cancel() }
        starter.yield()
        await #expect(throws: CancellationError.self) { try await task.value }
        return clock.count
    }

    @Test(arguments: [1, 5, 40])
    func `no layer is computed after the one in which the task was cancelled`(number: Int) async throws {
        let clock = Alarm.Clock(.attention)
        let embedder = try embedder(clock)
        let texts = (0..<100).map { "the movie was \($0)" }
        // Two layers for each of a hundred batches.
        let options = TextOptions(tokenBudget: 1)
        #expect(try await cancel(at: number, clock) { try await embedder.embed(texts, options: options) } == number)
        #expect(try await embedder.embed(["great"]).count == 1)
    }

    @Test func `no block is searched after the one in which the task was cancelled`() async throws {
        let clock = Alarm.Clock(.matmul)
        var search = SemanticSearch(
            .dot, on: Alarm(base: try BackendRegistry.shared.backend("reference"), clock: clock))
        for block in 0..<20 { try search.add([[Float(block), 1]]) }
        let corpus = search
        // Enough queries for a product.
        let queries = [[Float]](repeating: [1, 1], count: 33)
        #expect(try await cancel(at: 3, clock) { try await corpus.search(queries) } == 3)
    }

    @Test func `a caller that waits for the work itself gets its result`() async throws {
        let clock = Alarm.Clock(.attention)
        let embedder = try embedder(clock)
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try { try embedder.embed(["great", "bad"], options: TextOptions(tokenBudget: 1)) as [[Float]] }()
        }
        #expect(try await task.value.count == 2)
        #expect(clock.count == 4)
    }
}
