/// A backend was asked for and isn't there: what was asked, by whom, why not, what there is instead, how to mend it.
///
/// The same error whether a model is created, loaded, run or saved.
public struct BackendUnavailableError: Error, Sendable, CustomStringConvertible {
    /// Why one of the asked-for backends isn't there.
    public struct Failure: Sendable {
        /// The backend's name as it was asked for.
        public let backend: String
        /// Why it isn't there.
        public let reason: BackendUnavailableReason
        /// The command that installs its library here, if there is a library.
        public let install: String?

        /// A failure of one backend.
        public init(backend: String, reason: BackendUnavailableReason, install: String?) {
            self.backend = backend
            self.reason = reason
            self.install = install
        }

        /// What to do about it: what the reason says, or else to install the library.
        package var fix: String? { reason.fix ?? install.map { "\($0)   (no rebuild needed)" } }
    }

    /// Who needs the backend: a model class, or a phrase such as `This program`.
    public let requester: String
    /// What was asked for.
    public let selection: BackendSelection
    /// Who asked.
    public let source: BackendSelection.Source
    /// One for each backend that was considered, in order; all of them are told.
    public let failures: [Failure]
    /// The backends that are there, with versions.
    public let available: [String]

    /// Made by the registry.
    public init(
        requester: String, selection: BackendSelection, source: BackendSelection.Source, failures: [Failure],
        available: [String]
    ) {
        self.requester = requester
        self.selection = selection
        self.source = source
        self.failures = failures
        self.available = available
    }

    /// The same error on behalf of someone else.
    public func requested(by requester: String) -> BackendUnavailableError {
        BackendUnavailableError(
            requester: requester, selection: selection, source: source, failures: failures, available: available)
    }

    /// The whole message, several lines: asked, reason, tried, available, fix, or.
    public var description: String {
        var text = LabelledText(headline)
        for failure in failures {
            let prefix = failures.count > 1 ? "\(failure.backend): " : ""
            text.add("reason", prefix + failure.reason.message)
            text.add("tried", failure.reason.triedLine.map { prefix + $0 })
        }
        text.add("available", available.isEmpty ? "none" : available.joined(separator: ", "))
        for failure in failures {
            let prefix = failures.count > 1 ? "\(failure.backend): " : ""
            text.add("fix", failure.fix.map { prefix + $0 })
        }
        if failures.isEmpty { text.add("fix", "link a backend, for example the target BackendReference") }
        if !available.isEmpty, !selection.isAuto { text.add("or", wayOn) }
        return text.description
    }

    private var headline: String {
        let asked = " (asked for by \(source.description))"
        switch failures.count {
        case 0: return "\(requester) needs a backend, and none is linked into this program."
        case 1:
            return "\(requester) needs the backend \"\(failures[0].backend)\"\(asked), which is not available."
        default:
            let names = failures.map { "\"\($0.backend)\"" }.joined(separator: ", ")
            return "\(requester) needs one of the backends \(names)\(asked), none of which is available."
        }
    }

    private var wayOn: String {
        switch source {
        case .argument(let name): "\(name) auto"
        case .taskLocal: "withBackend(.auto)"
        case .environment(let name) where name != EnvironmentVariable.backend.name: "unset \(name)"
        case .environment, .default: "BERT_BACKEND=auto"
        }
    }
}
