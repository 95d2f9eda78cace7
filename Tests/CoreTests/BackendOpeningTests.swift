import BackendReference
import BertCore
import Foundation
import Synchronization
import Testing

/// Tests backends that request other backends while they are opened.
@Suite struct BackendOpeningTests {
    private func descriptor(
        _ name: String, _ open: @escaping @Sendable (BackendContext) throws -> any ComputeBackend
    ) -> BackendDescriptor {
        BackendDescriptor(name: name, summary: "for tests", priority: 1, open: open)
    }

    private func reference(_ context: BackendContext) -> any ComputeBackend {
        ReferenceBackend(workers: context.workers)
    }

    @Test func `One that asks for itself is told so and doesn't hang`() throws {
        let registry = BackendRegistry(environment: BertEnvironment([:])) { _ in }
        try registry.register(
            descriptor("selfish") { context in
                if let reason = registry.status(of: "selfish").reason { throw reason }
                return reference(context)
            })
        let reason = try #require(registry.status(of: "selfish").reason)
        #expect(reason.code == .openingFailed)
        #expect("\(reason)".contains("depends on itself"))
    }

    @Test func `Two that ask for each other, on two threads, end`() async throws {
        let registry = BackendRegistry(environment: BertEnvironment(["BERT_NUM_THREADS": "2"])) { _ in }
        let begun = Mutex(0)
        for (name, other) in [("a", "b"), ("b", "a")] {
            try registry.register(
                descriptor(name) { context in
                    begun.withLock { $0 += 1 }
                    // Waits until the other backend is being opened, too.
                    for _ in 0..<10_000 where begun.withLock({ $0 }) < 2 { usleep(1_000) }
                    if let reason = registry.status(of: other).reason { throw reason }
                    return reference(context)
                })
        }
        let threads = ComputeThreads(2)
        async let first = threads.run { registry.status(of: "a").backend != nil }
        async let second = threads.run { registry.status(of: "b").backend != nil }
        let found = try await [first, second]
        // Both backends of the cycle fail.
        #expect(found == [false, false])
    }

    @Test func `Many threads that ask at once open it once`() async throws {
        let registry = BackendRegistry(environment: BertEnvironment([:])) { _ in }
        let count = Mutex(0)
        try registry.register(
            descriptor("slow") { context in
                count.withLock { $0 += 1 }
                usleep(20_000)
                return reference(context)
            })
        let threads = ComputeThreads(8)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 { group.addTask { try await threads.run { registry.status(of: "slow").backend != nil } } }
            for try await isThere in group { #expect(isThere) }
        }
        #expect(count.withLock { $0 } == 1)
    }
}
