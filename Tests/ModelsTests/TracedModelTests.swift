import Bert
import Synchronization
import TestSupport
import Testing

/// Tests traces of whole models.
@Suite struct TracedModelTests {
    private static let input = ModelInput(ids: [[2, 5, 6, 3], [2, 7, 3], [2, 8, 9, 10, 3]])

    private func files(_ name: String) throws -> ModelFiles { try ModelFiles(folder: Fixtures.path("models/\(name)")) }

    private func backend(_ name: String) throws -> any ComputeBackend {
        try #require(BackendRegistry.shared.status(of: name).backend)
    }

    @Test(arguments: AvailableBackends.names())
    func `a traced model computes what it computes, and its products are native`(name: String) throws {
        let (trace, backend) = (Trace(), try backend(name))
        let traced = try BertModel.fromPretrained(files("bert-base"), on: trace.wrap(backend))
        let plain = try BertModel.fromPretrained(files("bert-base"), on: backend)
        let got = try traced.backend.floats(traced.encode(Self.input).lastHiddenState)
        #expect(try got == plain.backend.floats(plain.encode(Self.input).lastHiddenState))
        try trace.requireNative(.linear, .attention, .layerNorm, .embeddings)
        let linear = try #require(trace.rows.first { $0.operation == .linear })
        #expect(linear.calls == plain.config.numHiddenLayers * 4 + 1)
        #expect(linear.productOperations > 0)
        #expect(throws: BertError.self) { try trace.requireNative(.matmul) }
    }

    @Test func `each operation is told with its layer, and sequences that leave with theirs`() throws {
        let calls = Mutex<[Trace.Call]>([])
        let trace = Trace { call in calls.withLock { $0.append(call) } }
        let model = try DeeBertForSequenceClassification.fromPretrained(
            files("deebert"), on: trace.wrap(backend("reference")))
        #expect(calls.withLock { $0.allSatisfy { $0.scope != nil } })
        calls.withLock { $0 = [] }
        _ = try model.classify(Self.input, policy: .fixedLayer(2), offRamps: false)
        let parts = calls.withLock { $0.compactMap { call in call.scope.map { "\($0) \(call.request.kind)" } } }
        #expect(parts.contains("embeddings embeddings"))
        func computed(in layer: Int) -> [String] {
            let prefix = "encoder.layer.\(layer)."
            return parts.filter { $0.hasPrefix(prefix) && !$0.hasSuffix("upload") }.map {
                String($0.dropFirst(prefix.count))
            }
        }
        let rest = [
            "attention linear", "attention layerNorm", "intermediate linear", "output linear", "output layerNorm",
        ]
        #expect(computed(in: 0) == ["attention linear", "attention attention"] + rest)
        // The first tokens are computed ahead of the others, which aren't computed because all sequences exit.
        let ahead = ["gatherRows", "slice", "slice", "slice", "attention", "gatherRows"].map { "attention \($0)" }
        let leaving = computed(in: 1).filter { $0.hasPrefix("leaving") }
        #expect(computed(in: 1) == ["attention linear"] + ahead + rest + leaving)
        #expect(leaving.contains("leaving gatherRows"))
        #expect(parts.contains("bert.encoder.highway.1.classifier linear"))
        #expect(!parts.contains { $0.hasPrefix("encoder.layer.2") })
    }

    @Test func `ALBERT's layers are told apart though they share their weights`() throws {
        let calls = Mutex<Set<String>>([])
        let trace = Trace { call in calls.withLock { if let scope = call.scope { $0.insert(scope) } } }
        let model = try AlbertModel.fromPretrained(files("albert-groups"), on: trace.wrap(backend("reference")))
        calls.withLock { $0 = [] }
        _ = try model.encode(Self.input)
        for layer in 0..<model.config.numHiddenLayers {
            #expect(calls.withLock { $0.contains { $0.hasPrefix("encoder.layer.\(layer).") } }, "\(layer)")
        }
    }

    @Test(arguments: AvailableBackends.names())
    func `many tasks share a traced model`(name: String) async throws {
        let trace = Trace()
        let model = try BertModel.fromPretrained(files("bert-base"), on: trace.wrap(backend(name)))
        let want = try model.backend.floats(model.encode(Self.input).lastHiddenState)
        let before = trace.rows.first { $0.operation == .attention }?.calls ?? 0
        try await withThrowingTaskGroup(of: [Float].self) { group in
            for _ in 0..<16 {
                group.addTask { try model.backend.floats(model.encode(Self.input).lastHiddenState) }
            }
            for try await got in group { #expect(got == want) }
        }
        #expect(trace.rows.first { $0.operation == .attention }?.calls == before * 17)
    }
}
