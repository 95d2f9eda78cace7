import TestSupport
import Testing

/// Tests the number of allocations of a pass in a steady state.
@Suite struct AllocationTests {
    /// The limit for shapes, calls and closures, of which there are 10,300 without optimization. The memory of tensors
    /// isn't included.
    private static let most = 12_000

    @Test func `A steady pass asks the system for no tensor, and always for the same little else`() throws {
        let run = try BertProgram.run(
            Fixtures.path("models/bert-base"), program: BertProgram.pathOfProduct("Allocations"),
            environment: ["BERT_NUM_THREADS": "1"])
        #expect(run.code == 0, "\(run.errors)")
        guard run.lines != ["uncounted"] else { return }
        let passes = run.lines.map { $0.split(separator: " ").compactMap { Int($0) } }
        try #require(passes.count == 12 && passes.allSatisfy { $0.count == 2 })
        let steady = passes.dropFirst(2)
        #expect(steady.allSatisfy { $0[1] == 0 }, "tensors: \(passes)")
        #expect(Set(steady.map { $0[0] }).count == 1, "not the same in each pass: \(passes)")
        #expect(steady.allSatisfy { (1...Self.most).contains($0[0]) }, "\(passes)")
    }
}
