import BertCore
import BertModels
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

    /// A computer with 100 layers, which starts them one by one, and whose rows exit after the first one if their
    /// policy is an entropy.
    final class Layers: RowComputer {
        private let isOpen: Monitor<Bool>
        let passed = Atomic<Int>(0)
        private let rows = Mutex<[Int]>([])
        var exitLayers: Int? { 100 }

        init(isOpen: Bool) { self.isOpen = Monitor(isOpen) }

        func open() { isOpen.broadcast { $0 = true } }
        var batches: [Int] { rows.withLock { $0 } }

        func compute(_ rows: [Row], deliver: @escaping RowDelivery) throws {
            self.rows.withLock { $0.append(rows.count) }
            for layer in 1...100 {
                try Cancellation.check()
                passed.add(1, ordering: .acquiringAndReleasing)
                if layer == 10 { _ = isOpen.wait { $0 ? true : nil } }
            }
            for (place, row) in rows.enumerated() {
                deliver(place, .logits([], exitLayer: row.policy == nil ? 100 : 1))
            }
        }
    }

    @Test("a batch is stopped between layers when the last of its callers goes away, but not before")
    func stopping() async throws {
        let metrics = Metrics()
        let engine = try Engine(workers: 1, budget: 1000, capacity: nil, metrics: metrics)
        defer { engine.close() }
        let (gate, layers) = (Gate(isOpen: false), Layers(isOpen: false))
        async let blocker = engine.compute(Self.rows([1]), on: gate, model: "m")
        try await gate.waitForStart()
        let callers = (0..<2).map { caller in
            Task { try await engine.compute(Self.rows([Int32(caller), 9]), on: layers, model: "m") }
        }
        while engine.waitingRows < 4 { try await Task.sleep(for: .milliseconds(1)) }
        gate.open()
        _ = try await blocker
        while layers.passed.load(ordering: .acquiring) < 10 { try await Task.sleep(for: .milliseconds(1)) }
        callers[0].cancel()
        await #expect(throws: CancellationError.self) { try await callers[0].value }
        #expect(!metrics.text(gauges: []).contains("bert_batches_stopped_total"))
        callers[1].cancel()
        await #expect(throws: CancellationError.self) { try await callers[1].value }
        layers.open()
        // The next batch is computed by the same thread.
        #expect(Self.values(try await engine.compute(Self.rows([5]), on: Gate(), model: "m")) == [5])
        #expect(layers.batches == [4])
        #expect(layers.passed.load(ordering: .acquiring) == 10)
        #expect(metrics.text(gauges: []).contains("bert_batches_stopped_total 1\n"))

        // A remaining caller gets its result.
        let more = Layers(isOpen: false)
        let gone = Task { try await engine.compute(Self.rows([6]), on: more, model: "m") }
        while more.passed.load(ordering: .acquiring) < 10 { try await Task.sleep(for: .milliseconds(1)) }
        async let rest = engine.compute(Self.rows([7]), on: more, model: "m")
        while engine.waitingRows < 1 { try await Task.sleep(for: .milliseconds(1)) }
        gone.cancel()
        await #expect(throws: CancellationError.self) { try await gone.value }
        more.open()
        #expect(try await rest.outputs.count == 1)
        #expect(metrics.text(gauges: []).contains("bert_batches_stopped_total 2\n"))
    }

    @Test("with a delay, texts wait for others until they fill a batch or the delay ends")
    func delay() async throws {
        let long = try Engine(workers: 2, budget: 10, capacity: nil, delay: .seconds(600), metrics: Metrics())
        defer { long.close() }
        let gate = Gate()
        async let first = long.compute(Self.rows([1, 2, 3, 4]), on: gate, model: "m")
        while long.waitingRows < 4 { try await Task.sleep(for: .milliseconds(1)) }
        try await Task.sleep(for: .milliseconds(30))
        #expect(gate.batches.isEmpty)
        async let second = long.compute(Self.rows([5, 6, 7, 8, 9, 10, 11, 12]), on: gate, model: "m")
        let results = try await (first, second)
        #expect(Self.values(results.0) + Self.values(results.1) == (1...12).map(Float.init))

        let short = try Engine(workers: 1, budget: 1000, capacity: nil, delay: .milliseconds(50), metrics: Metrics())
        defer { short.close() }
        for value in [Float(1), 2] {
            let started = ContinuousClock.now
            #expect(
                Self.values(try await short.compute(Self.rows([Int32(value)]), on: gate, model: "m")) == [value])
            #expect(ContinuousClock.now - started >= .milliseconds(50))
        }
    }

    @Test("a batch of texts that are expected to exit early has more of them")
    func expectedWork() async throws {
        let engine = try Engine(workers: 1, budget: 100, capacity: nil, metrics: Metrics())
        defer { engine.close() }
        let layers = Layers(isOpen: true)
        func rows(_ policy: ExitPolicy?) -> [Row] {
            (0..<400).map { _ in
                Row(kind: .logits, ids: [Int32](repeating: 1, count: 10), types: [], policy: policy)
            }
        }
        // Before there is an expectation, all layers are expected.
        _ = try await engine.compute(rows(.entropy([0.5])), on: layers, model: "m")
        #expect(layers.batches.first == 10)
        // 10 tokens that exit after 1 of 100 layers cost at least one token.
        for _ in 0..<3 { _ = try await engine.compute(rows(.entropy([0.5])), on: layers, model: "m") }
        #expect(layers.batches.last ?? 0 > 50)
        #expect(layers.batches.max() ?? 0 <= 100)
        // It depends on the policy.
        let count = layers.batches.count
        _ = try await engine.compute(rows(nil), on: layers, model: "m")
        #expect(layers.batches[count] == 10)

        var depths = ExpectedDepths()
        let row = rows(.patience(3))[0]
        let key = ExpectedDepths.Key(computer: ObjectIdentifier(layers), policy: row.policy)
        #expect(depths.share(key) == 1)
        for _ in 0..<100 { depths.add([25, nil, 75], of: 100, [row, row, row], layers) }
        #expect(abs(depths.share(key) - 0.5) < 0.05)
        // Clients can't fill the memory with policies.
        for number in 0..<1000 {
            depths.add([1], of: 100, [rows(.entropy([Float(number)]))[0]], layers)
        }
        #expect(depths.count <= 256)
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
