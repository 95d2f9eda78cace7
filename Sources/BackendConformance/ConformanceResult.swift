public import BertCore

/// The result of a case.
public struct ConformanceResult: Sendable {
    /// How a case ended.
    public enum Status: String, Sendable, CaseIterable {
        /// Right, and computed by the backend itself.
        case pass
        /// Right, and computed by another backend for this one.
        case delegated
        /// Not claimed, and correctly refused.
        case skipped
        /// Wrong, as expected.
        case expectedFailure = "xfail"
        /// Wrong.
        case fail
        /// Required, but missing.
        case unimplemented
        /// Right, where a failure was expected: the expectation is out of date.
        case unexpectedPass = "xpass"
        /// Right, but meaningless: a backend that returns zeros would pass too.
        case mistrusted

        /// Whether this counts as a failure.
        public var isFailure: Bool {
            switch self {
            case .pass, .delegated, .skipped, .expectedFailure: false
            case .fail, .unimplemented, .unexpectedPass, .mistrusted: true
            }
        }
    }

    /// The case.
    public let conformanceCase: ConformanceCase
    /// The backend's name.
    public let backend: String
    /// The status.
    public let status: Status
    /// The reason of the status: why skipped, delegated to which backend, why expected.
    public let note: String?
    /// Faults other than wrong numbers.
    public let messages: [String]
    /// The first five wrong numbers.
    public let mismatches: [Mismatch]
    /// The number of wrong numbers.
    public let mismatchCount: Int
    /// The largest accepted difference as a share of its tolerance, 0…1.
    public let worst: Double
    /// The duration.
    public let duration: Duration

    /// The command that runs this case alone.
    public var command: String {
        "bert conformance --backend \(backend) --only \(conformanceCase.id) --seed \(conformanceCase.seed)"
    }

    /// The case and its status, and for a failure the faults and the command that repeats it.
    public var lines: [String] {
        var lines = ["\(conformanceCase.id): \(status.rawValue)" + (note.map { ", \($0)" } ?? "")]
        guard status.isFailure || status == .expectedFailure else { return lines }
        lines += messages.map { "  " + $0 }
        lines += mismatches.map { "  \($0)" }
        if mismatchCount > mismatches.count { lines.append("  … \(mismatchCount) numbers are wrong in all") }
        if status.isFailure { lines.append("  seed \(conformanceCase.seed); again: \(command)") }
        return lines
    }
}

/// The results of the suite for a backend.
public struct ConformanceReport: Sendable {
    /// The backend.
    public let backend: BackendInfo
    /// The results, in the order of the cases.
    public let results: [ConformanceResult]

    /// The number of cases with this status.
    public func count(_ status: ConformanceResult.Status) -> Int { results.count { $0.status == status } }

    /// The cases that count as failures.
    ///
    /// - Parameter strict: whether delegated and skipped cases count too.
    public func failures(strict: Bool = false) -> [ConformanceResult] {
        results.filter { $0.status.isFailure || strict && [.delegated, .skipped].contains($0.status) }
    }

    /// For example `openblas 0.3.21: 950 native, 12 delegated, 40 skipped`; failures come first, if there are any.
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
