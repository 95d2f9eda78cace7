public import BertCore

/// The result of a case.
public struct ConformanceResult: Sendable {
    /// The outcome of a case.
    public enum Status: String, Sendable, CaseIterable {
        /// Correct, and computed by the backend itself.
        case pass
        /// Correct, and computed by another backend on behalf of this one.
        case delegated
        /// Not supported, and correctly rejected.
        case skipped
        /// Wrong, as expected.
        case expectedFailure = "xfail"
        /// Wrong.
        case fail
        /// Required, but not supported.
        case unimplemented
        /// Correct although a failure was expected: the expectation is outdated.
        case unexpectedPass = "xpass"
        /// Correct, but a backend that returns zeros would pass as well.
        case mistrusted

        /// Whether the status counts as a failure.
        public var isFailure: Bool {
            switch self {
            case .pass, .delegated, .skipped, .expectedFailure: false
            case .fail, .unimplemented, .unexpectedPass, .mistrusted: true
            }
        }
    }

    /// The case.
    public let conformanceCase: ConformanceCase
    /// The name of the backend.
    public let backend: String
    /// The status.
    public let status: Status
    /// An explanation of the status: why the case was skipped, which backend it was delegated to, or why a failure was
    /// expected.
    public let note: String?
    /// Errors other than wrong numbers.
    public let messages: [String]
    /// The first five wrong numbers.
    public let mismatches: [Mismatch]
    /// The number of wrong numbers.
    public let mismatchCount: Int
    /// The greatest accepted difference relative to its tolerance, 0…1.
    public let worst: Double
    /// The duration.
    public let duration: Duration

    /// The command that runs only this case.
    public var command: String {
        "bert conformance --backend \(backend) --only \(conformanceCase.id) --seed \(conformanceCase.seed)"
    }

    /// The case and its status, with the errors and the command that repeats it in case of a failure.
    public var lines: [String] {
        var lines = ["\(conformanceCase.id): \(status.rawValue)" + (note.map { ", \($0)" } ?? "")]
        guard status.isFailure || status == .expectedFailure else { return lines }
        lines += messages.map { "  " + $0 }
        lines += mismatches.map { "  \($0)" }
        if mismatchCount > mismatches.count { lines.append("  … \(mismatchCount) elements differ in total") }
        if status.isFailure { lines.append("  seed \(conformanceCase.seed); reproduce with: \(command)") }
        return lines
    }
}

/// The results of the suite for a backend.
public struct ConformanceReport: Sendable {
    /// The backend.
    public let backend: BackendInfo
    /// The results, in the order of the cases.
    public let results: [ConformanceResult]

    /// Returns the number of cases with a status.
    public func count(_ status: ConformanceResult.Status) -> Int { results.count { $0.status == status } }

    /// Returns the cases that count as failures.
    ///
    /// - Parameter strict: Whether to include delegated and skipped cases.
    public func failures(strict: Bool = false) -> [ConformanceResult] {
        results.filter { $0.status.isFailure || strict && [.delegated, .skipped].contains($0.status) }
    }

    /// For example `openblas 0.3.21: 950 native, 12 delegated, 40 skipped`. Failures come first.
    public var summary: String {
        var parts: [String] = []
        for (status, word) in [
            (ConformanceResult.Status.fail, "failed"), (.unimplemented, "unimplemented"),
            (.unexpectedPass, "passed unexpectedly"), (.mistrusted, "mistrusted"),
            (.expectedFailure, "failed as expected"),
        ] where count(status) > 0 {
            parts.append("\(count(status)) \(word)")
        }
        parts += ["\(count(.pass)) native", "\(count(.delegated)) delegated", "\(count(.skipped)) skipped"]
        return "\(backend.nameAndVersion): " + parts.joined(separator: ", ")
    }
}
