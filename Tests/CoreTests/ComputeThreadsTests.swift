import BertCore
import Foundation
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
                        // The first calls wait for each other.
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

    @Test func `A call that waits is cancelled at once`() async throws {
        let (threads, gate, calls) = (ComputeThreads(1), Gate(), CallCount())
        let running = Task { try await threads.run { gate.pass() } }
        #expect(await Patience.wait(untilSo: { gate.isReached }))
        let waiting = Task { try await threads.run { calls.increment() } }
        #expect(await Patience.wait(untilSo: { threads.load == 2 }))
        waiting.cancel()
        // The only thread is still in use.
        await #expect(throws: CancellationError.self) { try await waiting.value }
        #expect(threads.load == 1)
        gate.open()
        try await running.value
        #expect(calls.value == 0)
    }

    @Test(arguments: [0, 1, 3])
    func `No more calls wait than the limit allows`(limit: Int) async throws {
        let (threads, gate) = (ComputeThreads(1, queueLimit: limit), Gate())
        let running = Task { try await threads.run { gate.pass() } }
        #expect(await Patience.wait(untilSo: { gate.isReached }))
        let waiting = (0..<limit).map { number in Task { try await threads.run { number } } }
        #expect(await Patience.wait(untilSo: { threads.load == limit + 1 }))
        let error = await #expect(throws: BertError.self) { try await threads.run {} }
        #expect(error?.code == .overloaded)
        #expect(error?.limit == .int(limit))
        gate.open()
        try await running.value
        for (number, task) in waiting.enumerated() { #expect(try await task.value == number) }
        #expect(try await threads.run { 7 } == 7)
    }

    @Test func `One call after the other never finds its own thread taken`() async throws {
        let threads = ComputeThreads(1, queueLimit: 0)
        for number in 0..<500 { #expect(try await threads.run { number } == number) }
    }

    @Test func `Calls begin in the order they were made`() async throws {
        let (threads, gate) = (ComputeThreads(1), Gate())
        let running = Task { try await threads.run { gate.pass() } }
        #expect(await Patience.wait(untilSo: { gate.isReached }))
        let order = Log()
        var tasks: [Task<Void, any Error>] = []
        for number in 0..<200 {
            tasks.append(Task { try await threads.run { order.append(number) } })
            #expect(await Patience.wait(untilSo: { threads.load == number + 2 }))
        }
        tasks[100].cancel()
        gate.open()
        try await running.value
        for (number, task) in tasks.enumerated() where number != 100 { try await task.value }
        #expect(order.numbers == (0..<200).filter { $0 != 100 })
    }

    @Test func `What no thread is free for is computed by whoever needs it`() async throws {
        let (threads, gate) = (ComputeThreads(1), Gate())
        let running = Task { try await threads.run { gate.pass() } }
        #expect(await Patience.wait(untilSo: { gate.isReached }))
        #expect(try Ahead(on: threads) { 5 }.value() == 5)
        gate.open()
        try await running.value
        let calls = CallCount()
        let ahead = Ahead(on: threads) {
            calls.increment()
            return 6
        }
        #expect(await Patience.wait(untilSo: { calls.value == 1 }))
        #expect(try ahead.value() == 6)
        #expect(try ahead.value() == 6)
        #expect(calls.value == 1)
        struct Failure: Error {}
        #expect(throws: Failure.self) { try Ahead(on: threads) { throw Failure() }.value() }
    }

    @Test func `Work ahead is cancelled with the work that began it`() async throws {
        let (threads, gate) = (ComputeThreads(2), Gate())
        let task = Task {
            try await threads.run {
                try Ahead<Void>(on: threads) {
                    gate.pass()
                    try Cancellation.check()
                }.value()
            }
        }
        #expect(await Patience.wait(untilSo: { gate.isReached }))
        task.cancel()
        gate.open()
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}

/// Numbers in the order in which they were added.
private final class Log: Sendable {
    private let state = Mutex([Int]())
    var numbers: [Int] { state.withLock { $0 } }
    func append(_ number: Int) { state.withLock { $0.append(number) } }
}

/// A gate that blocks callers until it is opened.
private final class Gate: Sendable {
    private let state = Mutex((isReached: false, isOpen: false))
    var isReached: Bool { state.withLock { $0.isReached } }
    func open() { state.withLock { $0.isOpen = true } }
    func pass() {
        state.withLock { $0.isReached = true }
        while !state.withLock({ $0.isOpen }) { usleep(500) }
    }
}

/// Counts the number of concurrent callers.
private final class Crowd: Sendable {
    private let numbers = Mutex((now: 0, most: 0))
    var most: Int { numbers.withLock { $0.most } }
    func enter() { numbers.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) } }
    func leave() { numbers.withLock { $0.now -= 1 } }
}
