import BertCore
import Foundation
import Synchronization
import TestSupport
import Testing

/// Tests the contents and the reports of traces.
@Suite struct TraceTests {
    /// Returns a backend that delegates activations and doesn't support casts.
    private func backend(_ name: String = "spy") throws -> SpyBackend {
        try SpyBackend(name) { request in
            switch request.kind {
            case .activation: .delegated(to: "reference", why: "no kernel")
            case .cast: .unsupported(why: "no types")
            default: .native
            }
        }
    }

    @Test func `calls are counted for each operation and for who did them`() throws {
        let (spy, trace) = (try backend(), Trace())
        let traced = trace.wrap(spy)
        let x = spy.given
        let matrix = try x.reshaped(to: [1, 3])
        for _ in 0..<3 { _ = try traced.matmul(matrix, matrix, transposeA: false, transposeB: true, scale: 1) }
        _ = try traced.activation(.gelu, x)
        let rows = Dictionary(uniqueKeysWithValues: trace.rows.map { ($0.operation, $0) })
        #expect(rows.count == 2)
        #expect(rows[.matmul]?.calls == 3)
        #expect(rows[.matmul]?.productOperations == 3 * 2 * 3)
        #expect(rows[.matmul]?.capability == .native)
        #expect(rows[.activation]?.capability == .delegated(to: "reference", why: "no kernel"))
        #expect(trace.table.contains("delegated to reference"))
        #expect(trace.table.contains("spy: 4 operation calls"))
    }

    @Test func `the arithmetic of what ran is named`() throws {
        let (spy, trace) = (try backend(), Trace())
        let (first, second) = (trace.wrap(spy), trace.wrap(spy))
        #expect(trace.numerics.isEmpty)
        _ = try first.unary(.exp, spy.given)
        _ = try second.unary(.exp, spy.given)
        #expect(trace.numerics == ["spy": [spy.info.numerics]])
        #expect(trace.table.contains(spy.info.numerics))
    }

    @Test func `an observer sees each call with its shapes and its part of the model`() throws {
        let seen = Mutex<[Trace.Call]>([])
        let spy = try backend()
        let traced = Trace { call in seen.withLock { $0.append(call) } }.wrap(spy)
        try OperationScope.with("encoder.layer.3", on: traced) { _ = try traced.binary(.add, spy.given, spy.given) }
        let call = try #require(seen.withLock { $0.first })
        #expect(call.request == OperationRequest(.binary, shapes: [[3], [3]]))
        #expect(call.scope == "encoder.layer.3")
        #expect(call.duration > .zero)
        #expect(call.description.hasPrefix("spy binary [3] [3] float32: native, "))
        #expect(call.description.hasSuffix(", encoder.layer.3"))
    }

    @Test func `a call that throws is counted, and its error handed on`() throws {
        let spy = try SpyBackend("spy", throws: BertError(.libraryFailure, "it broke"))
        let trace = Trace()
        let error = #expect(throws: BertError.self) { try trace.wrap(spy).unary(.exp, spy.given) }
        #expect(error?.message == "it broke")
        #expect(trace.rows.first?.failures == 1)
        #expect(trace.table.contains("1 (1 failed)"))
    }

    @Test func `requireNative names what was delegated, unsupported or never ran`() throws {
        let (spy, trace) = (try backend(), Trace())
        let traced = trace.wrap(spy)
        let nothing = #expect(throws: BertError.self) { try trace.requireNative() }
        #expect(nothing?.code == .notNative)
        _ = try traced.unary(.exp, spy.given)
        try trace.requireNative()
        try trace.requireNative(.unary)
        _ = try traced.activation(.gelu, spy.given)
        try trace.requireNative(.unary)
        expectError(.notNative, key: "activation") { try trace.requireNative() }
        expectError(.notNative, key: "linear") { try trace.requireNative(.unary, .linear) }
    }

    @Test func `many threads share a trace`() throws {
        let (spy, trace) = (try backend(), Trace())
        let traced = trace.wrap(spy)
        DispatchQueue.concurrentPerform(iterations: 64) { _ in
            for _ in 0..<50 { _ = try? traced.unary(.exp, spy.given) }
        }
        #expect(trace.rows.map(\.calls) == [64 * 50])
    }

    // MARK: BERT_TRACE

    private func registry(_ variables: [String: String]) throws -> BackendRegistry {
        try .of([.fake("fake"), .fake("other", priority: -1)], environment: variables)
    }

    @Test(arguments: ["sumary", "json", "json:", "1", "summary,ops"])
    func `another value of BERT_TRACE is an error with the known forms`(value: String) throws {
        expectError(
            .invalidSetting, key: "BERT_TRACE", value: .string(value), choices: ["summary", "ops", "json:PATH"]
        ) { try registry(["BERT_TRACE": value]).backend() }
    }

    @Test func `without a variable a backend is as it is`() throws {
        let backend = try registry([:]).backend()
        #expect(type(of: backend) == FakeBackend.self)
        try registry([:]).finishTrace()
    }

    @Test func `BERT_TRACE json writes the whole trace at the end, and nothing before`() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("bert-trace-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("trace.json").path
        let registry = try registry(["BERT_TRACE": "json:\(file)"])
        let backend = try registry.backend()
        let x = try backend.constant([1, 2], shape: [1, 2])
        for _ in 0..<1_000 { _ = try backend.matmul(x, x, transposeA: false, transposeB: true, scale: 1) }
        #expect(!FileManager.default.fileExists(atPath: file))
        try registry.finishTrace()
        let data = try Data(contentsOf: URL(fileURLWithPath: file))
        let json = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let calls = try #require(json["calls"] as? [[String: Any]])
        #expect(calls.count == 1_001)
        #expect(calls[1]["operation"] as? String == "matmul")
        #expect(calls[1]["shapes"] as? [[Int]] == [[1, 2], [1, 2]])
        #expect((json["operations"] as? [[String: Any]])?.count == 2)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["trace.json"])
        // The trace is written only once.
        try FileManager.default.removeItem(atPath: file)
        try registry.finishTrace()
        #expect(!FileManager.default.fileExists(atPath: file))
    }

    @Test(arguments: ["/", "/nonexistent/trace.json"])
    func `a file that can't be written is told before anything is computed`(path: String) throws {
        expectError(.fileNotReadable, file: path, key: "BERT_TRACE") {
            try registry(["BERT_TRACE": "json:\(path)"]).backend()
        }
    }
}
