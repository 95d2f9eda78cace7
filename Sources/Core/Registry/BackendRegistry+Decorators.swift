import BertLocks

/// The decorators that `BERT_CHECK` and `BERT_TRACE` add to a backend.
///
/// The check wraps the trace, so durations are those of the backend alone.
extension BackendRegistry {
    /// Returns the backend with the check and the trace that the environment requests.
    ///
    /// - Throws: ``BertError`` with code `invalidSetting` or `fileNotReadable`, or ``BackendUnavailableError`` if the
    ///   backend to check against isn't available.
    func decorated(_ backend: any ComputeBackend) throws -> any ComputeBackend {
        let judge = try environment[.check].map { try self.judge($0, of: backend) }
        let traced = try trace()?.wrap(backend) ?? backend
        return judge.map { CheckingBackend(traced, against: $0) } ?? traced
    }

    /// Ends the trace requested by `BERT_TRACE`, and writes its table or file. Has no effect without an active trace.
    ///
    /// A trace requested by the environment of the process ends when the process exits at the latest.
    ///
    /// - Throws: ``BertError`` with code `fileNotReadable` if the file can't be written; an existing file is then
    ///   unchanged.
    public func finishTrace() throws { try traceReport.withLock { $0 }?.finish() }

    /// Returns the value of `BERT_TRACE`, or nil if it isn't set.
    ///
    /// - Throws: ``BertError`` with code `invalidSetting`.
    func traceSetting() throws -> TraceSetting? { try environment[.trace].map(TraceSetting.init) }

    /// The trace of this registry's backends, started on first use.
    private func trace() throws -> Trace? {
        guard let setting = try traceSetting() else { return nil }
        return try traceReport.withLock { current in
            if let current { return current.trace }
            let report = try TraceReport(setting)
            if isOfProcess { report.finishAtExit() }
            current = report
            return report.trace
        }
    }

    private func judge(_ text: String, of backend: any ComputeBackend) throws -> any ComputeBackend {
        let name = text.lowercased()
        func invalid(_ problem: String) -> BertError {
            let others = names.filter { $0 != backend.info.name }
            return BertError(
                .invalidSetting,
                """
                "\(text)" is \(problem); use the name of the backend to check \(backend.info.name) against: \
                \(others.joined(separator: ", "))
                """, key: EnvironmentVariable.check.name, value: .string(text), choices: others)
        }
        if name == "auto" || name.contains(",") { throw invalid("not the name of a backend") }
        switch status(of: name, in: backend.info.precision) {
        case .available(let judge):
            if judge.info.name == backend.info.name { throw invalid("the backend to check") }
            return judge
        case .unavailable(let reason):
            throw BackendUnavailableError(
                requester: "Checking \(backend.info.name)",
                selection: .named(name).computing(in: backend.info.precision),
                source: .environment("BERT_CHECK"),
                failures: [.init(backend: name, reason: reason, install: installCommand(name))],
                available: available(in: backend.info.precision))
        }
    }
}
