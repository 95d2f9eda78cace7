public import BertCore

/// A conformance test suite for backends, whose cases can be run individually.
///
/// In the tests of a backend:
/// ```swift
/// import BackendConformance
/// @Test(arguments: ConformanceSuite.cases()) func conforms(_ c: ConformanceCase) throws { try c.check(MyBackend()) }
/// ```
public enum ConformanceSuite {
    /// The default seed of the random numbers.
    public static let defaultSeed: UInt64 = 1

    /// Returns the cases of the suite.
    ///
    /// - Parameters:
    ///   - only: Operations (`matmul`), kinds (`exact`) or prefixes of ids (`matmul/exact/7x`); empty for all cases.
    ///   - seed: The seed of the random numbers. All cases must pass with any seed.
    ///   - tightened: Stricter tolerances than ``Tolerance/of(_:elementType:depth:)`` for some operations, in float32.
    ///     A less strict tolerance makes the cases of the operation fail.
    ///   - expectedFailures: The ids of cases that are known to fail, with the reasons. Cases that pass unexpectedly
    ///     and unknown ids are failures.
    public static func cases(
        only: [String] = [], seed: UInt64 = defaultSeed, tightened: [OperationKind: Tolerance] = [:],
        expectedFailures: [String: String] = [:]
    ) -> [ConformanceCase] {
        let all = templates.map { template in
            ConformanceCase(
                id: template.id, operation: template.operation, kind: template.kind, requests: template.requests,
                isRequired: template.isRequired, seed: seed, tightened: tightened,
                expectedFailure: expectedFailures[template.id], body: template.body)
        }
        let known = Set(all.map(\.id))
        let stray = expectedFailures.keys.filter { !known.contains($0) }.sorted().map { id in
            ConformanceCase(
                id: id, operation: nil, kind: .hand, requests: [], isRequired: true, seed: seed, tightened: [:],
                expectedFailure: nil
            ) { $0.fail("this case has an expected failure, but is not in the suite") }
        }
        return stray + (only.isEmpty ? all : all.filter { $0.matches(only) })
    }

    static let templates: [CaseTemplate] =
        MatmulCases.all + LinearCases.all + GatedLinearCases.all + PrecisionCases.all + WeightCases.all
        + ElementwiseCases.all
        + ReductionCases.all
        + LayoutCases.all + LookupCases.all + RowCases.all + AttentionCases.all + AttentionPositionCases.all
        + GradientCases.all + LinearGradientCases.all + RowGradientCases.all + AttentionGradientCases.all
        + TrainingCases.all + InvarianceCases.all
        + EveryOperationCases.all + EncoderCases.all

    /// Runs cases sequentially.
    ///
    /// - Parameters:
    ///   - cases: The cases from ``cases(only:seed:tightened:expectedFailures:)``.
    ///   - backend: The backend under test.
    ///   - progress: Called with each result as soon as it is available.
    public static func run(
        _ cases: [ConformanceCase], on backend: any ComputeBackend, progress: (ConformanceResult) -> Void = { _ in }
    ) -> ConformanceReport {
        let results = cases.map { conformanceCase in
            let result = conformanceCase.run(on: backend)
            progress(result)
            return result
        }
        return ConformanceReport(backend: backend.info, results: results)
    }
}

extension ConformanceCase {
    /// Returns whether one of the filters matches the operation, the kind or a prefix of the id.
    func matches(_ filters: [String]) -> Bool {
        filters.contains { $0 == operation?.rawValue || $0 == kind.rawValue || id.hasPrefix($0) }
    }
}
