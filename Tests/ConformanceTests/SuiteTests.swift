import BackendReference
import Testing

@testable import BackendConformance
@testable import BertCore

/// Tests the suite itself: what it counts, and what it detects.
@Suite("The conformance suite")
struct ConformanceSuiteTests {
    private let backend = ReferenceBackend(workers: WorkerPool(threads: 2))

    private func conformanceCase(
        required: Bool = true, capability kind: OperationKind = .matmul, expectedFailure: String? = nil,
        _ body: @escaping @Sendable (Trial) throws -> Void
    ) -> ConformanceCase {
        ConformanceCase(
            id: "matmul/hand/made-up", operation: .matmul, kind: .hand, requests: [OperationRequest(kind)],
            isRequired: required, seed: 1, tightened: [:], expectedFailure: expectedFailure, body: body)
    }

    @Test("has a case of every operation, and of every kind")
    func complete() {
        let cases = ConformanceSuite.cases()
        let tried = Set(cases.flatMap(\.requests).map(\.kind))
        // Every case downloads the results that it compares.
        #expect(tried == Set(OperationKind.allCases))
        #expect(Set(cases.map(\.kind)) == Set(ConformanceCase.Kind.allCases))
        let twice = Dictionary(grouping: cases, by: \.id).filter { $1.count > 1 }.keys
        #expect(twice.isEmpty, "ids that are not unique: \(twice)")
    }

    @Test("every operation that computes is asked for exact or random results, special values, repetition and refusal")
    func covered() {
        let cases = ConformanceSuite.cases()
        for operation in OperationKind.allCases where ![.upload, .download, .prepareLinear, .cast].contains(operation) {
            let kinds = Set(cases.filter { $0.operation == operation }.map(\.kind))
            #expect(!kinds.isDisjoint(with: [.exact, .random, .gradients]), "\(operation)")
            #expect(
                kinds.isSuperset(of: [.repeated, .concurrent, .foreign, .memory, .refusal]), "\(operation): \(kinds)")
        }
    }

    @Test("a case that proves nothing is mistrusted")
    func mistrusted() {
        let zeros = conformanceCase { trial in
            try trial.expect(trial.tensor(Values([2], [0, 0])), Values([2], [0, 0]), .exact)
        }
        #expect(zeros.run(on: backend).status == .mistrusted)
        let wide = conformanceCase { trial in
            try trial.expect(trial.tensor(Values([1], [1])), Values([1], [1]), Tolerance(absolute: 2, relative: 0))
        }
        #expect(wide.run(on: backend).status == .mistrusted)
        #expect(throws: ConformanceFailure.self) { try zeros.check(backend) }
    }

    @Test("what is required and not there is a failure; what is not claimed is skipped with the reason")
    func unsupported() throws {
        let missing = conformanceCase { _ in throw BertError(.unsupported, "no such thing") }
        #expect(missing.run(on: backend).status == .unimplemented)
        let precision = try #require(ConformanceSuite.cases(only: ["matmul/precision/matmul-bfloat16"]).first)
        let result = precision.run(on: backend)
        #expect(result.status == .skipped)
        #expect(result.note == "reference supports float32, not bfloat16")
    }

    @Test("an expected failure has to fail, and a case that doesn't exist can't be expected to")
    func expectedFailures() throws {
        let wrong = conformanceCase(expectedFailure: "known") { $0.fail("wrong") }
        let result = wrong.run(on: backend)
        #expect(result.status == .expectedFailure && result.note == "known")
        try wrong.check(backend)
        let right = conformanceCase(expectedFailure: "known") { $0.prove() }
        #expect(right.run(on: backend).status == .unexpectedPass)
        let stray = ConformanceSuite.cases(only: ["matmul/hand"], expectedFailures: ["matmul/hand/3x3": "known"])
        #expect(ConformanceSuite.run(stray, on: backend).failures().map(\.conformanceCase.id) == ["matmul/hand/3x3"])
    }

    @Test("a tolerance can be tightened, never loosened")
    func tolerances() throws {
        func failures(_ tolerance: Tolerance) -> Int {
            let cases = ConformanceSuite.cases(only: ["softmax/random"], tightened: [.softmax: tolerance])
            return ConformanceSuite.run(cases, on: backend).failures().count
        }
        #expect(failures(.of(.softmax)) == 0)
        #expect(failures(.exact) > 0)
        let loose = ConformanceSuite.cases(
            only: ["softmax/random"], tightened: [.softmax: Tolerance(absolute: 1, relative: 1)])
        let report = ConformanceSuite.run(loose, on: backend)
        #expect(report.failures().count == loose.count && !loose.isEmpty)
        #expect(report.results[0].messages[0].contains("can only be lowered"))
        // Each of several, regardless of which comes first.
        let slack = Tolerance(absolute: 1, relative: 1)
        for operation in [OperationKind.softmax, .matmul, .reduce] {
            let cases = ConformanceSuite.cases(
                only: ["\(operation.rawValue)/random"], tightened: [.softmax: slack, .matmul: slack, .reduce: slack])
            #expect(!cases.isEmpty && cases.allSatisfy { $0.run(on: backend).status == .fail }, "\(operation)")
        }
    }

    @Test("what is delegated is counted apart, and fails where strictness is asked for")
    func delegated() {
        struct Delegating: DelegatingBackend {
            let delegate: any ComputeBackend
            let nativeOperations: Set<OperationKind> = [.matmul]
            var info: BackendInfo { BackendInfo(name: "delegating", threads: 1) }
        }
        let cases = ConformanceSuite.cases(only: ["softmax/hand", "permute/exact/float32-2x3-to-10"])
        let report = ConformanceSuite.run(cases, on: Delegating(delegate: backend))
        #expect(report.count(.delegated) == 2 && report.count(.pass) == 0)
        #expect(report.failures().isEmpty && report.failures(strict: true).count == 2)
        #expect(report.summary == "delegating: 0 native, 2 delegated, 0 skipped")
    }

    @Test("the same seed makes the same numbers, another one others")
    func seeds() {
        func numbers(_ seed: UInt64, _ id: String) -> [Double] {
            var numbers = Numbers(seed: seed, for: id)
            return numbers.spread([16]).elements
        }
        #expect(numbers(1, "a") == numbers(1, "a"))
        #expect(numbers(1, "a") != numbers(2, "a"))
        #expect(numbers(1, "a") != numbers(1, "b"))
    }

    @Test("any seed passes", arguments: [2, 1_000_003] as [UInt64])
    func otherSeeds(seed: UInt64) {
        // Exact and special cases hardly depend on the numbers. Edge cases take the longest.
        let cases = ConformanceSuite.cases(only: ["random", "gradients", "invariance", "encoder"], seed: seed)
        let failures = ConformanceSuite.run(cases, on: backend).failures()
        #expect(failures.isEmpty, "\(failures.prefix(5).map { $0.lines.joined(separator: "\n") })")
    }

    @Test("rounding is to nearest, ties to even, in every short type")
    func rounding() {
        #expect(ElementType.float16.rounded(1 + 0x1p-11) == 1)
        #expect(ElementType.float16.rounded(1 + 0x1p-11 + 0x1p-40) == 1 + 0x1p-10)
        #expect(ElementType.float16.rounded(65_519) == 65_504)
        #expect(ElementType.float16.rounded(65_520) == .infinity)
        #expect(ElementType.float16.rounded(0x1p-25) == 0)
        #expect(ElementType.float16.rounded(0x1.8p-25) == 0x1p-24)
        #expect(ElementType.bfloat16.rounded(1 + 0x1p-8) == 1)
        #expect(ElementType.bfloat16.rounded(1 + 0x1.8p-7) == 1 + 0x1p-6)
        #expect(ElementType.int8.rounded(-300) == -128)
        #expect(ElementType.uint8.rounded(.nan) == 0)
    }
}
