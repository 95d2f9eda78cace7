import BackendConformance
import BertCore
import Testing

@Suite("Backends conform")
struct BackendConformanceTests {
    @Test("to the whole suite", arguments: TestedBackend.all)
    func suite(tested: TestedBackend) {
        let report = ConformanceSuite.run(ConformanceSuite.cases(only: tested.only), on: tested.backend)
        let failures = report.failures().map { $0.lines.joined(separator: "\n") }
        #expect(report.failures().isEmpty, "\(report.summary)\n\(failures.prefix(40).joined(separator: "\n"))")
        print("conformance of \(tested.name): \(report.summary)")
    }
}
