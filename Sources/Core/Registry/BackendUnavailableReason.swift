/// Why a backend that was asked for isn't there.
public struct BackendUnavailableReason: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kinds of reason.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The code's stable name.
        public let description: String
        private init(_ name: String) { description = name }

        /// The C library could not be opened under any of its names.
        public static let libraryNotFound = Code("libraryNotFound")
        /// The library was opened but lacks a function.
        public static let symbolMissing = Code("symbolMissing")
        /// The library is of a version that the backend does not know.
        public static let versionNotSupported = Code("versionNotSupported")
        /// The processor lacks an instruction set.
        public static let processorFeatureMissing = Code("processorFeatureMissing")
        /// The library was opened but computes something else than it should.
        public static let selfTestFailed = Code("selfTestFailed")
        /// Its linear layers are not to be had in the precision that is asked for.
        public static let precisionNotSupported = Code("precisionNotSupported")
        /// A variable of the environment says not to use it.
        public static let disabledByEnvironment = Code("disabledByEnvironment")
        /// No backend of this name is linked into the program.
        public static let notRegistered = Code("notRegistered")
        /// The backend threw something else when it was opened.
        public static let openingFailed = Code("openingFailed")
    }

    /// One name the loader was asked for, and what it said.
    public struct Attempt: Sendable, Hashable {
        /// A file name or path.
        public let path: String
        /// The loader's words.
        public let message: String

        /// An attempt that failed.
        public init(path: String, message: String) {
            self.path = path
            self.message = message
        }
    }

    /// The kind of reason.
    public let code: Code
    /// The reason in words.
    public let message: String
    /// What was tried, where something was searched for.
    public let tried: [Attempt]
    /// How to mend it, where that isn't installing the library.
    public let fix: String?

    private init(_ code: Code, _ message: String, tried: [Attempt] = [], fix: String? = nil) {
        self.code = code
        self.message = message
        self.tried = tried
        self.fix = fix
    }

    /// No file of these names could be opened.
    public static func libraryNotFound(library: String, tried: [Attempt]) -> Self {
        Self(.libraryNotFound, "\(library) was not found", tried: tried)
    }

    /// The library has no such functions.
    public static func symbolMissing(library: String, symbols: [String]) -> Self {
        Self(
            .symbolMissing,
            "\(library) lacks \(symbols.joined(separator: ", ")): it is another library, or another version of it")
    }

    /// The library is of the wrong version.
    public static func versionNotSupported(library: String, have: String, need: String) -> Self {
        Self(.versionNotSupported, "\(library) is version \(have); this backend needs \(need)")
    }

    /// The processor can't do what the backend is made of.
    public static func processorFeatureMissing(_ feature: String) -> Self {
        Self(
            .processorFeatureMissing, "this processor has no \(feature)",
            fix: "run on a processor with \(feature), or choose another backend")
    }

    /// The self-test did not give what it should.
    public static func selfTestFailed(_ details: String) -> Self {
        Self(.selfTestFailed, "its self-test failed: \(details)", fix: "reinstall or replace the library")
    }

    /// It computes in other precisions only.
    public static func precisionNotSupported(_ precision: Precision, have: [Precision]) -> Self {
        let others = have.map(\.rawValue).joined(separator: ", ")
        return Self(
            .precisionNotSupported, "it has no linear layers in \(precision.rawValue); it has \(others)",
            fix: "choose another backend, or one of its precisions (\(others)) with --precision or BERT_PRECISION")
    }

    /// A variable forbids it.
    public static func disabledByEnvironment(variable: String, value: String) -> Self {
        Self(
            .disabledByEnvironment, "\(variable)=\(value) says not to use it",
            fix: "take the name out of \(variable)")
    }

    /// No such backend is linked.
    public static func notRegistered(name: String, known: [String]) -> Self {
        let hint = Spelling.nearest(to: name, among: known).map { "; did you mean \"\($0)\"?" } ?? ""
        return Self(
            .notRegistered, "no backend of this name is linked into this program\(hint)",
            fix: known.isEmpty
                ? "link a backend, for example the target BackendReference"
                : "choose one of auto, \(known.joined(separator: ", ")), or link the backend's package")
    }

    /// Opening it failed in some other way.
    public static func openingFailed(_ error: any Error) -> Self {
        Self(.openingFailed, "it could not be opened: \(error)", fix: "mend what the reason names")
    }

    /// The same reason for a backend that needs `name`, which is missing.
    func ofDelegate(_ name: String) -> Self {
        Self(
            code, "it has operations done by the backend \"\(name)\", which is not available: \(message)",
            tried: tried, fix: fix)
    }

    /// The message.
    public var description: String { message }

    /// What was tried in one line: names with the same answer share it.
    package var triedLine: String? {
        guard !tried.isEmpty else { return nil }
        var groups: [(paths: [String], words: String)] = []
        for attempt in tried {
            // The loader begins its answer with the name it was asked for.
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
