import BackendConformance
import BertCore
import Testing

@Suite("Saboteurs are caught")
struct SaboteurTests {
    @Test("by a case of the operation that is wrong", arguments: Fault.allCases)
    func caught(fault: Fault) {
        let cases = ConformanceSuite.cases(only: [fault.operation.rawValue])
        #expect(isCaught(Saboteur(fault), by: cases), "\(fault) got away from \(cases.count) cases")
    }

    /// Returns whether a case fails. The remaining cases aren't run.
    private func isCaught(_ saboteur: Saboteur, by cases: [ConformanceCase]) -> Bool {
        !cases.isEmpty && cases.contains { $0.run(on: saboteur).status.isFailure }
    }

    @Test("with what differs, where, and how to run it again")
    func told() throws {
        let cases = ConformanceSuite.cases(only: ["linear/exact/3x5x7-bias"], seed: 42)
        let report = ConformanceSuite.run(cases, on: Saboteur(.dropsBias))
        let result = try #require(report.failures().first)
        #expect(result.mismatchCount == 21 && result.mismatches.count == 5)
        let first = try #require(result.mismatches.first)
        #expect(first.index == 0 && first.got != first.want && abs(first.got - first.want) <= 4)
        let text = result.lines.joined(separator: "\n")
        #expect(text.contains("linear/exact/3x5x7-bias: fail"))
        #expect(text.contains("bert conformance --backend reference --only linear/exact/3x5x7-bias --seed 42"))
        #expect(text.contains("got \(first.got), want \(first.want), difference"))
    }

    @Test("in whole encoders too", arguments: [Fault.dropsBias, .attendsAcrossSequences, .slightlyInaccurate])
    func encoder(fault: Fault) {
        #expect(isCaught(Saboteur(fault), by: ConformanceSuite.cases(only: ["encoder"])))
    }

    @Test("whatever the shape of what they give: nothing is read that isn't there")
    func shapes() {
        let cases = ConformanceSuite.cases()
        let report = ConformanceSuite.run(cases, on: Saboteur(.dropsARow))
        let failed = Set(report.failures().compactMap(\.conformanceCase.operation))
        for operation in [.linear, .attention, .pool, .gatherRows, .scatterAddRows, .embeddings] as [OperationKind] {
            #expect(failed.contains(operation), "\(operation) gave a row too few")
        }
    }

    @Test("by any seed", arguments: [2, 3, 1_000_003])
    func seeds(seed: UInt64) {
        for fault in [Fault.offByOne, .skipsTail, .wrongAbove32, .rounds] {
            let cases = ConformanceSuite.cases(only: ["\(fault.operation.rawValue)/"], seed: seed)
            #expect(isCaught(Saboteur(fault), by: cases), "\(fault), seed \(seed)")
        }
    }
}
