import Synchronization

/// What `BERT_CHECK` and `BERT_TRACE` put around a backend.
///
/// The check is outside and the trace inside: times are those of the backend alone, and what the check does itself is not
/// recorded.
extension BackendRegistry {
    /// The backend, checked and traced as the environment asks.
    ///
    /// - Throws: ``BertError`` with code `invalidSetting` or `fileNotReadable`, ``BackendUnavailableError`` if the backend
    ///   to check against isn't there.
    func decorated(_ backend: any ComputeBackend) throws -> any ComputeBackend {
        let judge = try environment[.check].map { try self.judge($0, of: backend) }
        let traced = try trace()?.wrap(backend) ?? backend
        return judge.map { CheckingBackend(traced, against: $0) } ?? traced
    }

    /// Ends the trace that `BERT_TRACE` asks for: writes its table or its file. Does nothing if there is none, or if it has
    /// ended.
    ///
    /// A trace that was asked for by the variables of the process ends with the process at the latest.
    ///
    /// - Throws: ``BertError`` with code `fileNotReadable` if the file can't be written; there is no new one then.
    public func finishTrace() throws { try traceReport.withLock { $0 }?.finish() }

    /// What `BERT_TRACE` asks for; nil if it isn't set.
    ///
    /// - Throws: ``BertError`` with code `invalidSetting`.
    func traceSetting() throws -> TraceSetting? { try environment[.trace].map(TraceSetting.init) }

    /// The trace of this registry's backends, begun when it is first asked for.
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
            BertError(
                .invalidSetting,
                """
                BERT_CHECK is "\(text)"\(problem); it takes the name of the backend to check \(backend.info.name) \
                against: \(names.filter { $0 != backend.info.name }.joined(separator: ", "))
                """)
        }
        if name == "auto" || name.contains(",") { throw invalid(", which is not one backend's name") }
        switch status(of: name, in: backend.info.precision) {
        case .available(let judge):
            if judge.info.name == backend.info.name { throw invalid(", the backend that computes") }
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
