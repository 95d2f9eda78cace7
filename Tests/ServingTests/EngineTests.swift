import BertCore
import Synchronization
import Testing

@testable import BertServing

@Suite("The engine")
struct EngineTests {
    /// A computer that returns the first id of each row, once it is opened.
    final class Gate: RowComputer {
        private let isOpen: Monitor<Bool>
        private let started = Atomic<Int>(0)
        private let rows = Mutex<[[Int32]]>([])
        let failing: Int32?

        init(isOpen: Bool = true, failing: Int32? = nil) {
            self.isOpen = Monitor(isOpen)
            self.failing = failing
        }

        func open() { isOpen.broadcast { $0 = true } }
        var batches: [[Int32]] { rows.withLock { $0 } }
        func waitForStart() async throws {
            while started.load(ordering: .acquiring) == 0 { try await Task.sleep(for: .milliseconds(1)) }
        }

        func compute(_ rows: [Row], deliver: @escaping RowDelivery) throws {
            started.add(1, ordering: .acquiringAndReleasing)
            self.rows.withLock { $0.append(rows.map { $0.ids[0] }) }
            _ = isOpen.wait { $0 ? true : nil }
            if rows.contains(where: { $0.ids[0] == failing }) { throw BertError(.invalidInput, "a bad row") }
            for (place, row) in rows.enumerated() { deliver(place, .vector([Float(row.ids[0])])) }
        }
    }

    static func rows(_ ids: [Int32], tokens: Int = 1) -> [Row] {
        ids.map { Row(kind: .vector, ids: [Int32](repeating: $0, count: tokens), types: []) }
    }

    static func engine(budget: Int? = 1000, capacity: Int? = nil) throws -> Engine {
        try Engine(workers: 1, budget: budget, capacity: capacity, metrics: Metrics())
    }

    static func values(_ result: EngineResult) -> [Float] {
        result.outputs.compactMap { if case .vector(let vector) = $0 { vector[0] } else { nil } }
    }

    @Test("answers are in the order of the rows, many callers at a time")
    func order() async throws {
        let (engine, gate) = (try Self.engine(budget: 16), Gate())
        defer { engine.close() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for caller in 0..<50 {
                group.addTask {
                    let ids = (0..<Int32(caller % 7 + 1)).map { Int32(caller) * 100 + $0 }
                    let result = try await engine.compute(Self.rows(ids), on: gate, model: "m")
                    #expect(Self.values(result) == ids.map(Float.init))
                }
            }
            try await group.waitForAll()
        }
        #expect(engine.waitingRows == 0)
    }

    @Test("what comes while a batch is computed is the next batch")
    func batching() async throws {
        let (engine, gate) = (try Self.engine(), Gate(isOpen: false))
        defer { engine.close() }
        async let first = engine.compute(Self.rows([1]), on: gate, model: "m")
        try await gate.waitForStart()
        async let second = engine.compute(Self.rows([2]), on: gate, model: "m")
        async let third = engine.compute(Self.rows([3, 4]), on: gate, model: "m")
        while engine.waitingRows < 3 { try await Task.sleep(for: .milliseconds(1)) }
        gate.open()
        _ = try await (first, second, third)
        #expect(gate.batches.count == 2)
        #expect(gate.batches[1].sorted() == [2, 3, 4])
    }

    @Test("a bad row fails its own request alone")
    func badRow() async throws {
        let (engine, gate) = (try Self.engine(), Gate(isOpen: false, failing: 3))
        defer { engine.close() }
        async let blocker = engine.compute(Self.rows([1]), on: gate, model: "m")
        try await gate.waitForStart()
        async let good = engine.compute(Self.rows([2, 5]), on: gate, model: "m")
        let bad = Task { try await engine.compute(Self.rows([4, 3]), on: gate, model: "m") }
        while engine.waitingRows < 4 { try await Task.sleep(for: .milliseconds(1)) }
        gate.open()
        _ = try await blocker
        #expect(Self.values(try await good) == [2, 5])
        let error = await #expect(throws: RowFailure.self) { try await bad.value }
        #expect(error?.place == 1)
    }

    @Test("a caller that goes away leaves the queue at once")
    func cancellation() async throws {
        let (engine, gate) = (try Self.engine(), Gate(isOpen: false))
        defer { engine.close() }
        async let blocker = engine.compute(Self.rows([1]), on: gate, model: "m")
        try await gate.waitForStart()
        let gone = Task { try await engine.compute(Self.rows([2, 3, 4]), on: gate, model: "m") }
        while engine.waitingRows < 3 { try await Task.sleep(for: .milliseconds(1)) }
        #expect(engine.waitingTokens["m"] ?? 0 > 0)
        gone.cancel()
        await #expect(throws: CancellationError.self) { try await gone.value }
        #expect(engine.waitingTokens.isEmpty)
        gate.open()
        _ = try await blocker
        #expect(gate.batches.flatMap { $0 } == [1])
    }

    @Test("a caller that goes away while it is computed is answered at once, and nothing is left of it")
    func cancelledWhileComputing() async throws {
        let (engine, gate) = (try Self.engine(), Gate(isOpen: false))
        defer { engine.close() }
        let gone = Task { try await engine.compute(Self.rows([1]), on: gate, model: "m") }
        try await gate.waitForStart()
        gone.cancel()
        await #expect(throws: CancellationError.self) { try await gone.value }
        gate.open()
        #expect(Self.values(try await engine.compute(Self.rows([2]), on: gate, model: "m")) == [2])
    }

    @Test("a request that waits too long is told so")
    func deadline() async throws {
        let (engine, gate) = (try Self.engine(), Gate(isOpen: false))
        defer { engine.close() }
        async let blocker = engine.compute(Self.rows([1]), on: gate, model: "m")
        try await gate.waitForStart()
        let error = await #expect(throws: ServingError.self) {
            try await engine.compute(
                Self.rows([2]), on: gate, model: "m", deadline: ContinuousClock.now + .milliseconds(20))
        }
        #expect(error?.code == .deadlineExceeded)
        #expect(engine.waitingRows == 0)
        gate.open()
        _ = try await blocker
    }

    @Test("more than the queue holds is refused whole and at once; one that is larger than all of it waits its turn")
    func admission() async throws {
        let (engine, gate) = (try Self.engine(capacity: 100), Gate(isOpen: false))
        defer { engine.close() }
        async let blocker = engine.compute(Self.rows([1]), on: gate, model: "m")
        try await gate.waitForStart()
        async let large = engine.compute(Self.rows([2], tokens: 500), on: gate, model: "m")
        while engine.waitingRows < 1 { try await Task.sleep(for: .milliseconds(1)) }
        let error = await #expect(throws: ServingError.self) {
            try await engine.compute(Self.rows([3, 4]), on: gate, model: "m")
        }
        #expect(error?.code == .overloaded)
        #expect((1...60).contains(error?.retryAfter ?? 0))
        #expect(engine.waitingRows == 1)
        gate.open()
        _ = try await (blocker, large)
    }

    @Test("two workers compute batches concurrently, and share the tokens of 50 ms")
    func workers() async throws {
        let engine = try Engine(workers: 2, budget: 1, capacity: nil, metrics: Metrics())
        let gate = Gate(isOpen: false)
        defer { engine.close() }
        async let result = engine.compute(Self.rows([1, 2, 3]), on: gate, model: "m")
        while gate.batches.count < 2 { try await Task.sleep(for: .milliseconds(1)) }
        #expect(engine.waitingRows == 1)
        gate.open()
        #expect(Self.values(try await result) == [1, 2, 3])

        var speed = Speed()
        speed.add(cost: 3000, .milliseconds(100))
        #expect(speed.budget(nil) == 1500)
        #expect(speed.budget(nil, workers: 2) == 750)
        #expect(speed.budget(100, workers: 2) == 100)
    }

    @Test("two workers divide the rows of concurrent callers evenly, unless there are few")
    func shares() async throws {
        let engine = try Engine(workers: 2, budget: 1000, capacity: nil, metrics: Metrics())
        let gate = Gate(isOpen: false)
        defer { engine.close() }
        // The sum of the costs is 200, and a row costs 5.
        async let first = engine.compute(Self.rows(Array(0..<40), tokens: 5), on: gate, model: "m")
        while gate.batches.count < 2 { try await Task.sleep(for: .milliseconds(1)) }
        #expect(gate.batches.map(\.count) == [20, 20])
        // While they are computed, half of the rows are waiting.
        async let second = engine.compute(Self.rows(Array(100..<140), tokens: 5), on: gate, model: "m")
        while engine.waitingRows < 40 { try await Task.sleep(for: .milliseconds(1)) }
        gate.open()
        _ = try await (first, second)
        #expect(gate.batches.count == 4)
        #expect((gate.batches.map(\.count).min() ?? 0) >= 10)

        // Twelve rows cost 60, which isn't worth a division.
        let few = try await engine.compute(Self.rows(Array(0..<12), tokens: 5), on: gate, model: "m")
        #expect(few.outputs.count == 12)
        #expect(gate.batches.last?.count == 12)
    }

    @Test("a caller that goes away before its rows are queued is counted")
    func cancelledBefore() async throws {
        let metrics = Metrics()
        let engine = try Engine(workers: 1, budget: nil, capacity: nil, metrics: metrics)
        defer { engine.close() }
        let gone = Task {
            while !Task.isCancelled { await Task.yield() }
            _ = try await engine.compute(Self.rows([1]), on: Gate(), model: "m")
        }
        gone.cancel()
        await #expect(throws: CancellationError.self) { try await gone.value }
        #expect(metrics.text(gauges: []).contains("bert_cancelled_total{model=\"m\"} 1\n"))
    }

    @Test("an engine that is closed answers whoever waits")
    func closing() async throws {
        let (engine, gate) = (try Self.engine(), Gate(isOpen: false))
        let blocker = Task { try await engine.compute(Self.rows([1]), on: gate, model: "m") }
        try await gate.waitForStart()
        let waiting = Task { try await engine.compute(Self.rows([2]), on: gate, model: "m") }
        while engine.waitingRows < 1 { try await Task.sleep(for: .milliseconds(1)) }
        engine.close()
        let error = await #expect(throws: ServingError.self) { try await waiting.value }
        #expect(error?.code == .shuttingDown)
        gate.open()
        _ = try? await blocker.value
        await #expect(throws: ServingError.self) { try await engine.compute(Self.rows([3]), on: gate, model: "m") }
    }
}
