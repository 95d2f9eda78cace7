import BertCore
import Synchronization
import Testing

@Suite struct ComputeThreadsTests {
    @Test(arguments: [0, 1, 2, 5])
    func `As many pieces of work run at a time as there are threads`(count: Int) async throws {
        let threads = ComputeThreads(count)
        let expected = max(1, count)
        let crowd = Crowd()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 * expected {
                group.addTask {
                    try await threads.run {
                        crowd.enter()
                        // The first ones wait for each other.
                        _ = Patience.wait(until: { crowd.most == expected })
                        crowd.leave()
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(crowd.most == expected)
    }

    @Test func `Results and errors reach who waits for them`() async throws {
        struct Failure: Error {}
        let threads = ComputeThreads(2)
        #expect(try await threads.run { 7 } == 7)
        await #expect(throws: Failure.self) { try await threads.run { throw Failure() } }
        #expect(try await threads.run { 8 } == 8)
    }

    @Test func `Work whose task was cancelled before its turn is not begun`() async throws {
        let (threads, calls) = (ComputeThreads(1), CallCount())
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await threads.run { calls.increment() }
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(calls.value == 0)
    }
}

/// How many are there at a time.
private final class Crowd: Sendable {
    private let numbers = Mutex((now: 0, most: 0))
    var most: Int { numbers.withLock { $0.most } }
    func enter() { numbers.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) } }
    func leave() { numbers.withLock { $0.now -= 1 } }
}
