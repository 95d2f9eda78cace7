/// The reason why a backend isn't available.
public struct BackendUnavailableReason: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kinds of reasons.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The stable name of the code.
        public let description: String
        private init(_ name: String) { description = name }

        /// The C library was not found under any of its names.
        public static let libraryNotFound = Code("libraryNotFound")
        /// The library doesn't define a required function.
        public static let symbolMissing = Code("symbolMissing")
        /// The backend doesn't support this version of the library.
        public static let versionNotSupported = Code("versionNotSupported")
        /// The processor doesn't support a required instruction set.
        public static let processorFeatureMissing = Code("processorFeatureMissing")
        /// The library was opened but computed wrong results.
        public static let selfTestFailed = Code("selfTestFailed")
        /// The backend doesn't support the requested precision.
        public static let precisionNotSupported = Code("precisionNotSupported")
        /// An environment variable disables the backend.
        public static let disabledByEnvironment = Code("disabledByEnvironment")
        /// No backend with this name is linked into the program.
        public static let notRegistered = Code("notRegistered")
        /// Opening the backend failed with another error.
        public static let openingFailed = Code("openingFailed")
    }

    /// A failed attempt to load a file, with the loader's message.
    public struct Attempt: Sendable, Hashable {
        /// The file name or path.
        public let path: String
        /// The loader's message.
        public let message: String

        /// Creates a failed attempt.
        public init(path: String, message: String) {
            self.path = path
            self.message = message
        }
    }

    /// The kind of the reason.
    public let code: Code
    /// A description of the reason.
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

    /// Creates a reason: none of the files could be opened.
    public static func libraryNotFound(library: String, tried: [Attempt]) -> Self {
        Self(.libraryNotFound, "\(library) was not found", tried: tried)
    }

    /// Creates a reason: the library doesn't define the functions.
    public static func symbolMissing(library: String, symbols: [String]) -> Self {
        Self(
            .symbolMissing,
            "\(library) lacks \(symbols.joined(separator: ", ")): it is a different library or version")
    }

    /// Creates a reason: the version of the library isn't supported.
    public static func versionNotSupported(library: String, have: String, need: String) -> Self {
        Self(.versionNotSupported, "\(library) is version \(have); this backend requires \(need)")
    }

    /// Creates a reason: the processor doesn't support required instructions.
    public static func processorFeatureMissing(_ feature: String) -> Self {
        Self(
            .processorFeatureMissing, "this processor doesn't support \(feature)",
            fix: "use a processor with \(feature), or another backend")
    }

    /// Creates a reason: the self-test computed a wrong result.
    public static func selfTestFailed(_ details: String) -> Self {
        Self(.selfTestFailed, "its self-test failed: \(details)", fix: "reinstall or replace the library")
    }

    /// Creates a reason: the backend supports other precisions only.
    public static func precisionNotSupported(_ precision: Precision, have: [Precision]) -> Self {
        let others = have.map(\.rawValue).joined(separator: ", ")
        return Self(
            .precisionNotSupported, "it doesn't support \(precision.rawValue); it supports \(others)",
            fix: "use another backend, or one of its precisions (\(others)) with --precision or BERT_PRECISION")
    }

    /// Creates a reason: an environment variable disables the backend.
    public static func disabledByEnvironment(variable: String, value: String) -> Self {
        Self(
            .disabledByEnvironment, "\(variable)=\(value) disables it",
            fix: "remove the name from \(variable)")
    }

    /// Creates a reason: no backend with this name is linked.
    public static func notRegistered(name: String, known: [String]) -> Self {
        let hint = Spelling.nearest(to: name, among: known).map { "; did you mean \"\($0)\"?" } ?? ""
        return Self(
            .notRegistered, "no backend of this name is linked into this program\(hint)",
            fix: known.isEmpty
                ? "link a backend, for example the target BackendReference"
                : "use one of auto, \(known.joined(separator: ", ")), or link the backend's package")
    }

    /// Creates a reason: opening the backend failed with another error.
    public static func openingFailed(_ error: any Error) -> Self {
        Self(.openingFailed, "it could not be opened: \(error)", fix: "fix the reported problem")
    }

    /// Returns the reason for a backend that delegates to the unavailable backend `name`.
    func ofDelegate(_ name: String) -> Self {
        Self(
            code, "it delegates to the backend \"\(name)\", which is not available: \(message)",
            tried: tried, fix: fix)
    }

    /// The message.
    public var description: String { message }

    /// The attempts in one line, grouped by the loader's message.
    package var triedLine: String? {
        guard !tried.isEmpty else { return nil }
        var groups: [(paths: [String], words: String)] = []
        for attempt in tried {
            // The loader's message begins with the file name.
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
