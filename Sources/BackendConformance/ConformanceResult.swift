public import BertCore

/// What a case found of a backend.
public struct ConformanceResult: Sendable {
    /// How a case ended.
    public enum Status: String, Sendable, CaseIterable {
        /// Right, and done by the backend itself.
        case pass
        /// Right, and done by another backend on this one's behalf.
        case delegated
        /// Not claimed, and refused as it should be.
        case skipped
        /// Wrong, as was expected.
        case expectedFailure = "xfail"
        /// Wrong.
        case fail
        /// Required, and not there.
        case unimplemented
        /// Right, where a failure was expected: the expectation is out of date.
        case unexpectedPass = "xpass"
        /// Right, but proves nothing: a backend that gives zeros would pass too.
        case mistrusted

        /// Whether the backend doesn't conform.
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
    /// How it ended.
    public let status: Status
    /// Why, where a status has a reason: why skipped, to whom delegated, why expected.
    public let note: String?
    /// What is wrong, other than numbers.
    public let messages: [String]
    /// The first five numbers that are wrong.
    public let mismatches: [Mismatch]
    /// How many numbers are wrong.
    public let mismatchCount: Int
    /// The greatest accepted difference in parts of its tolerance, 0…1: how near the table is to the backend.
    public let worst: Double
    /// How long it took.
    public let duration: Duration

    /// The command that runs this case alone.
    public var command: String {
        "bert conformance --backend \(backend) --only \(conformanceCase.id) --seed \(conformanceCase.seed)"
    }

    /// The case and how it ended; what is wrong and how to run it again, if something is.
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

/// What the suite found of a backend.
public struct ConformanceReport: Sendable {
    /// The backend.
    public let backend: BackendInfo
    /// What each case found, in the order of the cases.
    public let results: [ConformanceResult]

    /// How many cases ended so.
    public func count(_ status: ConformanceResult.Status) -> Int { results.count { $0.status == status } }

    /// The cases that count against the backend.
    ///
    /// - Parameter strict: whether a case that is delegated or skipped counts too.
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
