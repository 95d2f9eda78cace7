public import BertCore

extension ConformanceCase {
    /// Runs the case.
    public func run(on backend: any ComputeBackend) -> ConformanceResult {
        let clock = ContinuousClock()
        let start = clock.now
        let trial = Trial(backend, self)
        var missing: String?
        if let operation, let own = tightened[operation], !own.isAtLeastAsTight(as: .of(operation)) {
            trial.fail(
                "\(own) is looser than the table's \(Tolerance.of(operation)): tolerances can only be lowered")
        } else {
            do { try trial.run(body) } catch let error as BertError where error.code == .unsupported {
                missing = error.message
            } catch let reason as BackendUnavailableReason where reason.code == .precisionNotSupported {
                return result(trial, .skipped, reason.message, clock.now - start)
            } catch {
                trial.fail("an error was thrown: \(error)")
            }
        }
        let capabilities = requests.map(backend.capability)
        let (status, note) = outcome(trial, missing: missing, capabilities)
        return result(trial, status, note, clock.now - start)
    }

    private func result(
        _ trial: Trial, _ status: ConformanceResult.Status, _ note: String?, _ duration: Duration
    ) -> ConformanceResult {
        ConformanceResult(
            conformanceCase: self, backend: trial.backend.info.name, status: status, note: note,
            messages: trial.messages, mismatches: trial.mismatches, mismatchCount: trial.mismatchCount,
            worst: trial.worst, duration: duration)
    }

    private func outcome(
        _ trial: Trial, missing: String?, _ capabilities: [Capability]
    ) -> (ConformanceResult.Status, String?) {
        if let missing {
            return isRequired
                ? (expectedFailure == nil ? .unimplemented : .expectedFailure, expectedFailure ?? missing)
                : (.fail, "reported as supported, but missing: \(missing)")
        }
        guard trial.passed else {
            return expectedFailure.map { (.expectedFailure, $0) } ?? (.fail, nil)
        }
        if let expectedFailure { return (.unexpectedPass, "was expected to fail: \(expectedFailure)") }
        guard trial.hasProved else { return (.mistrusted, "a backend that returns zeros would pass") }
        for case .unsupported(let why) in capabilities {
            // Required operations must be supported. If the case passes, the backend's claim is wrong.
            return isRequired ? (.fail, "works, but is reported as unsupported: \(why)") : (.skipped, why)
        }
        for case .delegated(let name, let why) in capabilities { return (.delegated, "to \(name): \(why)") }
        return (.pass, nil)
    }

    /// Runs the case in a test.
    ///
    /// - Throws: ``ConformanceFailure`` unless the case passes, is delegated, is skipped with a reason, or fails as
    ///   expected.
    public func check(_ backend: any ComputeBackend) throws {
        let result = run(on: backend)
        if result.status.isFailure { throw ConformanceFailure(result: result) }
    }
}

/// An error for a failed case.
public struct ConformanceFailure: Error, CustomStringConvertible, Sendable {
    /// The result of the case.
    public let result: ConformanceResult
    /// The case, the mismatches, and the command that repeats it.
    public var description: String { result.lines.joined(separator: "\n") }
}
