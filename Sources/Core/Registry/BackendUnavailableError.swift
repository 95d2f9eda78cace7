/// An error that describes why a requested backend isn't available, with the requester, the reason, the available
/// backends and a fix.
///
/// Creating, loading, running and saving a model throw the same error.
public struct BackendUnavailableError: Error, Sendable, CustomStringConvertible {
    /// The reason why one of the requested backends isn't available.
    public struct Failure: Sendable {
        /// The name of the backend as requested.
        public let backend: String
        /// The reason why the backend isn't available.
        public let reason: BackendUnavailableReason
        /// The command that installs its library on this system, if there is a library.
        public let install: String?

        /// Creates a failure of one backend.
        public init(backend: String, reason: BackendUnavailableReason, install: String?) {
            self.backend = backend
            self.reason = reason
            self.install = install
        }

        /// The fix: the one of the reason, or else the installation of the library.
        package var fix: String? { reason.fix ?? install.map { "\($0)   (no rebuild needed)" } }
    }

    /// The class of the model that needs the backend; nil if unknown.
    public let model: String?
    /// The requester of the backend: `bert embed`, `SentenceEmbedder`, or ``anonymous``.
    public let requester: String
    /// The selection.
    public let selection: BackendSelection
    /// The source of the selection.
    public let source: BackendSelection.Source
    /// The failures of all backends that were tried, in order.
    public let failures: [Failure]
    /// The backends that are available, with versions.
    public let available: [String]

    /// The requester if no name was specified.
    public static let anonymous = "This program"

    /// Creates an error; called by the registry.
    public init(
        model: String? = nil, requester: String, selection: BackendSelection, source: BackendSelection.Source,
        failures: [Failure], available: [String]
    ) {
        self.model = model
        self.requester = requester
        self.selection = selection
        self.source = source
        self.failures = failures
        self.available = available
    }

    /// Returns a copy of the error with the class of the model that needs the backend.
    public func needed(by model: String) -> BackendUnavailableError {
        BackendUnavailableError(
            model: model, requester: requester, selection: selection, source: source, failures: failures,
            available: available)
    }

    /// The message in several lines: subject, reason, tried, available, fix, or.
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

    /// `BertModel (for bert embed)`, or the part of it that is known.
    private var subject: String {
        guard let model, model != requester else { return requester }
        return requester == Self.anonymous ? model : "\(model) (for \(requester))"
    }

    private var headline: String {
        let asked = " (asked for by \(source.description))"
        switch failures.count {
        case 0: return "\(subject) needs a backend, and none is linked into this program."
        case 1:
            return "\(subject) needs the backend \"\(failures[0].backend)\"\(asked), which is not available."
        default:
            let names = failures.map { "\"\($0.backend)\"" }.joined(separator: ", ")
            return "\(subject) needs one of the backends \(names)\(asked), none of which is available."
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
