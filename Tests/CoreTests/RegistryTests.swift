import BertCore
import Synchronization
import TestSupport
import Testing

@Suite struct RegistryTests {
    @Test func `Registering the same backend again changes nothing`() throws {
        let registry = try BackendRegistry.of([.fake("one"), .fake("one"), .fake("ONE")])
        #expect(registry.names == ["one"])
    }

    @Test func `Two backends of one name are an error that names both origins`() throws {
        let registry = try BackendRegistry.of([.fake("one", origin: "A/Descriptor.swift")])
        let error = try #require(throws: BertError.self) {
            try registry.register(.fake("two", aliases: ["One"], origin: "B/Descriptor.swift"))
        }
        error.expect(.duplicateBackend, value: "one")
        for origin in ["A/Descriptor.swift", "B/Descriptor.swift"] { #expect(error.message.contains(origin)) }
        #expect(registry.names == ["one"])
    }

    @Test(arguments: ["", "auto", "two words", "a,b", " padded "])
    func `A name that BERT_BACKEND could not say is refused`(name: String) throws {
        expectError(.invalidArgument, value: .string(name)) { try BackendRegistry.of([.fake(name)]) }
        #expect(throws: BertError.self) { try BackendRegistry.of([.fake("fine", aliases: [name])]) }
    }

    @Test func `Backends are listed by falling priority, then by name`() throws {
        let registry = try BackendRegistry.of([
            .fake("low", priority: -1), .fake("b", priority: 5), .fake("a", priority: 5), .fake("top", priority: 6),
        ])
        #expect(registry.names == ["top", "a", "b", "low"])
    }

    @Test func `auto takes the available backend of the highest priority`() throws {
        let registry = try BackendRegistry.of([
            .fake("low", priority: 1), .fake("middle", priority: 2), .missing("high", priority: 3),
        ])
        #expect(try registry.backend().info.name == "middle")
    }

    @Test(arguments: [(Precision.float32, "float"), (.bfloat16, "short"), (.int8, "byte")])
    func `auto takes the backend of the highest priority in the precision that is asked for`(
        precision: Precision, name: String
    ) throws {
        let registry = try BackendRegistry.of([
            .fake("byte", priority: .init(float32: 1, bfloat16: 1, int8: 3), precisions: Precision.allCases),
            .fake("float", priority: .init(float32: 3, bfloat16: 2, int8: 2), precisions: Precision.allCases),
            .fake("short", priority: .init(float32: 2, bfloat16: 3, int8: 1), precisions: Precision.allCases),
            .fake("plain", priority: .init(float32: 0, bfloat16: 9, int8: 9)),
        ])
        let backend = try registry.backend(.auto.computing(in: precision))
        #expect(backend.info.name == name && backend.info.precision == precision)
        #expect(registry.names == ["float", "short", "byte", "plain"])
        #expect(try registry.backend(precision: precision).info.name == name)
    }

    @Test func `Of a list the first available backend is taken, whatever the priorities`() throws {
        let registry = try BackendRegistry.of([
            .fake("low", priority: 1), .fake("middle", priority: 2), .missing("high", priority: 3),
        ])
        #expect(try registry.backend(.firstAvailable(["high", "low", "middle"])).info.name == "low")
    }

    @Test func `A named backend is that backend or an error`() throws {
        let registry = try BackendRegistry.of([.fake("there"), .missing("away")])
        #expect(try registry.backend("there").info.name == "there")
        let error = try #require(throws: BackendUnavailableError.self) { try registry.backend("away") }
        #expect(error.failures.map(\.backend) == ["away"])
        #expect(error.failures.map(\.reason.code) == [.libraryNotFound])
        #expect(error.available == ["there"])
    }

    @Test func `A backend answers to its aliases`() throws {
        let registry = try BackendRegistry.of([.fake("onednn", aliases: ["DNNL"])])
        #expect(try registry.backend("dnnl").info.name == "onednn")
        #expect(registry.status(of: " Dnnl ").backend != nil)
    }

    @Test func `A disabled backend is as good as missing, under any of its names`() throws {
        let registry = try BackendRegistry.of(
            [.fake("onednn", aliases: ["dnnl"], priority: 1), .fake("other")],
            environment: ["BERT_DISABLE_BACKENDS": " DNNL , "])
        #expect(try registry.backend().info.name == "other")
        let error = try #require(throws: BackendUnavailableError.self) { try registry.backend("onednn") }
        #expect(error.failures.map(\.reason.code) == [.disabledByEnvironment])
        #expect(registry.statusIfOpened(of: "onednn") == nil)
    }

    @Test func `A backend that isn't chosen isn't opened`() throws {
        let opened = CallCount()
        let registry = try BackendRegistry.of([
            .fake("chosen"),
            BackendDescriptor(name: "other", summary: "", priority: 9) { _ in
                opened.increment()
                return FakeBackend("other")
            },
        ])
        _ = try registry.backend("chosen")
        #expect(opened.value == 0)
        #expect(registry.statusIfOpened(of: "other") == nil)
        #expect(registry.statusIfOpened(of: "chosen")?.backend != nil)
    }

    @Test func `A missing backend is looked for again only after forgetFailures`() throws {
        let attempts = CallCount()
        let present = Mutex(false)
        let registry = try BackendRegistry.of([
            BackendDescriptor(name: "late", summary: "", priority: 0) { _ in
                attempts.increment()
                guard present.withLock({ $0 }) else {
                    throw BackendUnavailableReason.libraryNotFound(library: "liblate", tried: [])
                }
                return FakeBackend("late")
            }
        ])
        for _ in 0..<3 { #expect(throws: BackendUnavailableError.self) { try registry.backend("late") } }
        present.withLock { $0 = true }
        #expect(throws: BackendUnavailableError.self) { try registry.backend("late") }
        #expect(attempts.value == 1)
        registry.forgetFailures()
        #expect(try registry.backend("late").info.name == "late")
        registry.forgetFailures()
        #expect(try registry.backend("late").info.name == "late")
        #expect(attempts.value == 2)
    }

    @Test func `A plugin that registers later makes asking succeed`() throws {
        let registry = try BackendRegistry.of([.fake("first")])
        let error = try #require(throws: BackendUnavailableError.self) { try registry.backend("plugin") }
        #expect(error.failures.map(\.reason.code) == [.notRegistered])
        try registry.register(.fake("plugin"))
        #expect(try registry.backend("plugin").info.name == "plugin")
    }

    @Test func `Many threads that ask at once open a backend once`() async throws {
        let opened = CallCount()
        let registry = try BackendRegistry.of([
            BackendDescriptor(name: "slow", summary: "", priority: 0) { _ in
                opened.increment()
                return FakeBackend("slow")
            }
        ])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<32 {
                group.addTask {
                    try registry.register(.fake("other"))
                    _ = try registry.backend("slow")
                }
            }
            try await group.waitForAll()
        }
        #expect(opened.value == 1)
        #expect(registry.names == ["other", "slow"])
    }

    @Test func `A backend that computes wrongly fails its self-test and isn't used`() throws {
        let registry = try BackendRegistry.of([.fake("wrong", priority: 1, error: 1), .fake("right")])
        #expect(try registry.backend().info.name == "right")
        let reason = try #require(registry.status(of: "wrong").reason)
        #expect(reason.code == .selfTestFailed)
        #expect(
            reason.message
                == "its self-test failed: a product of [1, 2, 3] with itself returned [15.0] instead of [14.0]")
    }

    @Test func `Any other error of opening is told as it is`() throws {
        let registry = try BackendRegistry.of([
            BackendDescriptor(name: "broken", summary: "", priority: 0) { _ in
                throw BertError(.libraryFailure, "status 3")
            }
        ])
        let reason = try #require(registry.status(of: "broken").reason)
        #expect(reason.code == .openingFailed)
        #expect(reason.message == "it could not be opened: status 3")
    }

    @Test func `auto says once what it took and why not the others`() throws {
        let recorder = Recorder()
        let registry = try BackendRegistry.of(
            [.missing("best", priority: 2), .fake("good", version: "1.2", priority: 1)],
            environment: ["BERT_NUM_THREADS": "1"], observer: recorder.observer)
        for _ in 0..<3 { _ = try registry.backend() }
        #expect(
            recorder.events == [
                BackendEvent(.notice, "computing with good 1.2, 1 thread; not with best: libfake was not found")
            ])
    }

    @Test func `A backend that was named is taken without a word`() throws {
        let recorder = Recorder()
        let registry = try BackendRegistry.of([.fake("good")], observer: recorder.observer)
        _ = try registry.backend("good")
        #expect(recorder.events.isEmpty)
    }

    @Test func `Misspelt variables are told once`() throws {
        let recorder = Recorder()
        let registry = try BackendRegistry.of(
            [
                .missing(
                    "away", variables: [EnvironmentVariable("BERT_AWAY_X", values: "", defaultValue: "", summary: "")])
            ],
            environment: ["BERT_BACKENDS": "x", "BERT_AWAY_X": "1", "BERT_DISABLE_BACKENDS": "awai", "HOME": "/"],
            observer: recorder.observer)
        for _ in 0..<3 { #expect(throws: BackendUnavailableError.self) { try registry.backend() } }
        #expect(
            recorder.events == [
                BackendEvent(
                    .warning, "the environment variable BERT_BACKENDS is unknown; did you mean BERT_BACKEND?"),
                BackendEvent(
                    .warning, #"BERT_DISABLE_BACKENDS names "awai", which is not among the backends here (away)"#),
            ])
    }

    @Test(arguments: ["BERT_NUM_THREADS", "BERT_QUIET", "BERT_BACKEND"])
    func `A variable with a value that means nothing stops whoever asks`(name: String) throws {
        let registry = try BackendRegistry.of([.fake("one")], environment: [name: "many,,"])
        let error = try #require(throws: BertError.self) { try registry.backend() }
        error.expect(.invalidSetting, key: name, value: "many,,")
    }

    @Test func `A delegating backend whose reference is disabled is an error, not a deadlock`() throws {
        let registry = try BackendRegistry.of(
            [
                .fake("reference"),
                BackendDescriptor(name: "fast", summary: "", priority: 1) { try FakeDelegating($0.reference()) },
            ], environment: ["BERT_DISABLE_BACKENDS": "reference"])
        let error = try #require(throws: BackendUnavailableError.self) { try registry.backend("fast") }
        #expect(
            error.description == """
                This program needs the backend "fast" (asked for by the argument backend:), which is not available.
                  reason:     it delegates to the backend "reference", which is not available: \
                BERT_DISABLE_BACKENDS=reference disables it
                  available:  none
                  fix:        remove the name from BERT_DISABLE_BACKENDS
                """)
    }

    @Test func `A delegating backend has done what it lacks, and says so`() throws {
        let registry = try BackendRegistry.of([
            .fake("reference"),
            BackendDescriptor(name: "fast", summary: "", priority: 1) { try FakeDelegating($0.reference()) },
        ])
        let backend = try registry.backend()
        #expect(backend.capability(of: OperationRequest(.matmul)) == .native)
        #expect(
            backend.capability(of: OperationRequest(.softmax)).description
                == "delegated to reference (fast has no native kernel)")
        let sum = try backend.binary(.add, backend.constant([1, 2], shape: [2]), backend.constant(1))
        #expect(try backend.floats(sum) == [2, 3])
    }
}

/// A backend that multiplies matrices and delegates all other operations.
private final class FakeDelegating: DelegatingBackend {
    let info = BackendInfo(name: "fast", threads: 1)
    let delegate: any ComputeBackend
    let nativeOperations: Set<OperationKind> = [.matmul]

    init(_ delegate: any ComputeBackend) { self.delegate = delegate }
}
