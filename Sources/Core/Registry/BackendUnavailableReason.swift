/// Why a backend is not available.
public struct BackendUnavailableReason: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kinds of reason.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The code's stable name.
        public let description: String
        private init(_ name: String) { description = name }

        /// The C library was not found under any of its names.
        public static let libraryNotFound = Code("libraryNotFound")
        /// The library lacks a function.
        public static let symbolMissing = Code("symbolMissing")
        /// The backend does not support this version of the library.
        public static let versionNotSupported = Code("versionNotSupported")
        /// The processor lacks an instruction set that the backend requires.
        public static let processorFeatureMissing = Code("processorFeatureMissing")
        /// The library was opened but gave wrong results.
        public static let selfTestFailed = Code("selfTestFailed")
        /// The backend has no linear layers in the requested precision.
        public static let precisionNotSupported = Code("precisionNotSupported")
        /// An environment variable disables it.
        public static let disabledByEnvironment = Code("disabledByEnvironment")
        /// No backend of this name is linked into the program.
        public static let notRegistered = Code("notRegistered")
        /// Opening the backend threw some other error.
        public static let openingFailed = Code("openingFailed")
    }

    /// A file that was tried, and the loader's answer.
    public struct Attempt: Sendable, Hashable {
        /// A file name or path.
        public let path: String
        /// The loader's message.
        public let message: String

        /// Makes a failed attempt.
        public init(path: String, message: String) {
            self.path = path
            self.message = message
        }
    }

    /// The kind of reason.
    public let code: Code
    /// The reason in words.
    public let message: String
    /// The files that were tried, if there was a search.
    public let tried: [Attempt]
    /// The fix, unless it is installing the library.
    public let fix: String?

    private init(_ code: Code, _ message: String, tried: [Attempt] = [], fix: String? = nil) {
        self.code = code
        self.message = message
        self.tried = tried
        self.fix = fix
    }

    /// None of these files could be opened.
    public static func libraryNotFound(library: String, tried: [Attempt]) -> Self {
        Self(.libraryNotFound, "\(library) was not found", tried: tried)
    }

    /// The library lacks these functions.
    public static func symbolMissing(library: String, symbols: [String]) -> Self {
        Self(
            .symbolMissing,
            "\(library) lacks \(symbols.joined(separator: ", ")): it is a different library or version")
    }

    /// The library is of the wrong version.
    public static func versionNotSupported(library: String, have: String, need: String) -> Self {
        Self(.versionNotSupported, "\(library) is version \(have); this backend needs \(need)")
    }

    /// The processor lacks instructions that the backend requires.
    public static func processorFeatureMissing(_ feature: String) -> Self {
        Self(
            .processorFeatureMissing, "this processor has no \(feature)",
            fix: "run on a processor with \(feature), or choose another backend")
    }

    /// The self-test gave a wrong result.
    public static func selfTestFailed(_ details: String) -> Self {
        Self(.selfTestFailed, "its self-test failed: \(details)", fix: "reinstall or replace the library")
    }

    /// It only has other precisions.
    public static func precisionNotSupported(_ precision: Precision, have: [Precision]) -> Self {
        let others = have.map(\.rawValue).joined(separator: ", ")
        return Self(
            .precisionNotSupported, "it has no linear layers in \(precision.rawValue); it has \(others)",
            fix: "choose another backend, or one of its precisions (\(others)) with --precision or BERT_PRECISION")
    }

    /// An environment variable disables it.
    public static func disabledByEnvironment(variable: String, value: String) -> Self {
        Self(
            .disabledByEnvironment, "\(variable)=\(value) disables it",
            fix: "remove the name from \(variable)")
    }

    /// No backend of this name is linked.
    public static func notRegistered(name: String, known: [String]) -> Self {
        let hint = Spelling.nearest(to: name, among: known).map { "; did you mean \"\($0)\"?" } ?? ""
        return Self(
            .notRegistered, "no backend of this name is linked into this program\(hint)",
            fix: known.isEmpty
                ? "link a backend, for example the target BackendReference"
                : "choose one of auto, \(known.joined(separator: ", ")), or link the backend's package")
    }

    /// Opening it threw some other error.
    public static func openingFailed(_ error: any Error) -> Self {
        Self(.openingFailed, "it could not be opened: \(error)", fix: "fix what the reason names")
    }

    /// The same reason, for a backend that delegates to the missing backend `name`.
    func ofDelegate(_ name: String) -> Self {
        Self(
            code, "it delegates to the backend \"\(name)\", which is not available: \(message)",
            tried: tried, fix: fix)
    }

    /// The message.
    public var description: String { message }

    /// The attempts in one line, grouped by the loader's answer.
    package var triedLine: String? {
        guard !tried.isEmpty else { return nil }
        var groups: [(paths: [String], words: String)] = []
        for attempt in tried {
            // The loader's answer begins with the name.
            let words =
                attempt.message.hasPrefix(attempt.path + ": ")
                ? String(attempt.message.dropFirst(attempt.path.count + 2)) : attempt.message
            if let index = groups.firstIndex(where: { $0.words == words }) {
                groups[index].paths.append(attempt.path)
            } else {
                groups.append(([attempt.path], words))
            }
        }
        return groups.map { "\($0.paths.joined(separator: ", ")): \($0.words)" }.joined(separator: "; ")
    }
}
