import TestSupport
import Testing

/// How much memory a pass asks for once everything has been seen before.
@Suite struct AllocationTests {
    /// What two layers, embeddings and a pooler ask of the allocator for their bookkeeping, with room for the compiler: a
    /// tensor's own memory is never among it, and a number that grows with tokens is not either.
    private static let most = BuildConfiguration.isOptimised ? 1_500 : 6_000

    @Test func `A steady pass asks the system for no tensor, and always for the same little else`() throws {
        let run = try BertProgram.run(
            Fixtures.path("models/bert-base"), program: BertProgram.pathOfProduct("Allocations"),
            environment: ["BERT_NUM_THREADS": "1"])
        #expect(run.code == 0, "\(run.errors)")
        guard run.lines != ["uncounted"] else { return }
        let passes = run.lines.map { $0.split(separator: " ").compactMap { Int($0) } }
        try #require(passes.count == 12 && passes.allSatisfy { $0.count == 2 })
        let steady = passes.dropFirst(4)
        #expect(steady.allSatisfy { $0[1] == 0 }, "tensors: \(passes)")
        #expect(Set(steady.map { $0[0] }).count == 1, "not the same in each pass: \(passes)")
        #expect(steady.allSatisfy { (1...Self.most).contains($0[0]) }, "\(passes)")
    }
}
