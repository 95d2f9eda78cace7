/// Which backend is wanted: the best there is, or these, in order; and in which precision.
public struct BackendSelection: Sendable, Hashable, CustomStringConvertible, ExpressibleByStringLiteral {
    /// The names in order of preference, lower-cased; empty for `auto`.
    public let names: [String]
    /// What linear layers are to be computed in; nil leaves it to the task, then to `BERT_PRECISION`, then to float32.
    public private(set) var precision: Precision?

    private init(names: [String]) { self.names = names }

    /// The same backends, in this precision: one that doesn't have it is as if it were not there.
    public func computing(in precision: Precision) -> BackendSelection {
        var selection = self
        selection.precision = precision
        return selection
    }

    /// The available backend of the highest priority.
    public static let auto = BackendSelection(names: [])

    /// This backend, or an error.
    public static func named(_ name: String) -> BackendSelection { firstAvailable([name]) }

    /// The first of these that is available, or an error; `auto` if there are none, or nothing but `auto`.
    public static func firstAvailable(_ names: [String]) -> BackendSelection {
        let names = names.map { $0.trimmed.lowercased() }
        return BackendSelection(names: names == ["auto"] ? [] : names)
    }

    /// Reads `auto`, a name, or names separated by commas; upper and lower case and white space don't matter.
    ///
    /// - Throws: ``BertError`` with code `invalidSetting`, naming `source`, for an empty name, a name that occurs twice,
    ///   or `auto` among names.
    public init(parsing text: String, from source: String) throws {
        let names = text.split(separator: ",", omittingEmptySubsequences: false).map { String($0).trimmed.lowercased() }
        if names == ["auto"] {
            self = .auto
            return
        }
        if let problem = Self.problem(names) {
            throw BertError(
                .invalidSetting,
                "\(source) is \"\(text)\": \(problem); it takes auto, a name, or names with commas between")
        }
        self.names = names
    }

    private static func problem(_ names: [String]) -> String? {
        if names.contains("") { return "a name is empty" }
        if names.contains("auto") { return "\"auto\" can't stand among names" }
        if Set(names).count < names.count { return "a name occurs twice" }
        return nil
    }

    /// The same as parsing the literal.
    ///
    /// - Precondition: the literal can be parsed.
    public init(stringLiteral value: String) {
        let names = value.split(separator: ",").map { String($0).trimmed.lowercased() }
        precondition(
            !names.isEmpty && (names == ["auto"] || Self.problem(names) == nil), "no backend selection: \(value)")
        self.init(names: names == ["auto"] ? [] : names)
    }

    /// Whether any backend will do.
    public var isAuto: Bool { names.isEmpty }

    /// As it is written in `BERT_BACKEND`.
    public var description: String { isAuto ? "auto" : names.joined(separator: ",") }

    /// Who asked for a backend.
    public enum Source: Sendable, Hashable, CustomStringConvertible {
        /// An argument in code or at the shell, by its name: `backend:`, `--backend`.
        case argument(String)
        /// ``withBackend(_:operation:)``.
        case taskLocal
        /// A variable of the environment, by its name.
        case environment(String)
        /// Nobody: nothing was said.
        case `default`

        /// For example `BERT_BACKEND`.
        public var description: String {
            switch self {
            case .argument(let name): "the argument \(name)"
            case .taskLocal: "withBackend(_:operation:)"
            case .environment(let name): name
            case .default: "default"
            }
        }
    }

    /// The selection of the running task, if there is one.
    @TaskLocal static var current: BackendSelection?
}

/// Runs `operation` with a backend selected for everything in it, child tasks included.
///
/// Weaker than an argument, stronger than the environment.
public func withBackend<Result>(
    _ selection: BackendSelection, operation: () throws -> Result
) rethrows -> Result {
    try BackendSelection.$current.withValue(selection, operation: operation)
}

/// Runs `operation` with a backend selected for everything in it, child tasks included.
///
/// Weaker than an argument, stronger than the environment.
public func withBackend<Result>(
    _ selection: BackendSelection, isolation: isolated (any Actor)? = #isolation, operation: () async throws -> Result
) async rethrows -> Result {
    try await BackendSelection.$current.withValue(selection, operation: operation, isolation: isolation)
}
