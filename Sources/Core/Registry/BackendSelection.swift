/// The requested backends in order of preference, and their precision.
public struct BackendSelection: Sendable, Hashable, CustomStringConvertible, ExpressibleByStringLiteral {
    /// The names in order of preference, lower case; empty for `auto`.
    public let names: [String]
    /// The precision of linear layers; nil to use that of the task, of `BERT_PRECISION`, or else float32.
    public private(set) var precision: Precision?

    private init(names: [String]) { self.names = names }

    /// Returns the same selection with a precision. Backends without it count as unavailable.
    public func computing(in precision: Precision) -> BackendSelection {
        var selection = self
        selection.precision = precision
        return selection
    }

    /// The available backend with the highest priority.
    public static let auto = BackendSelection(names: [])

    /// Returns a selection of one backend.
    public static func named(_ name: String) -> BackendSelection { firstAvailable([name]) }

    /// Returns a selection of the first available backend. An empty list, or only `auto`, selects `auto`.
    public static func firstAvailable(_ names: [String]) -> BackendSelection {
        let names = names.map { $0.trimmed.lowercased() }
        return BackendSelection(names: names == ["auto"] ? [] : names)
    }

    /// Parses `auto`, a name, or a comma-separated list of names, ignoring case and white space.
    ///
    /// - Throws: ``BertError`` with code `invalidSetting` that names `source`, for an empty or duplicate name, or
    ///   `auto` in a list.
    public init(parsing text: String, from source: String) throws {
        let names = text.split(separator: ",", omittingEmptySubsequences: false).map { String($0).trimmed.lowercased() }
        if names == ["auto"] {
            self = .auto
            return
        }
        if let problem = Self.problem(names) {
            throw BertError(
                .invalidSetting, "in \"\(text)\", \(problem); use auto, a name, or comma-separated names",
                key: source, value: .string(text))
        }
        self.names = names
    }

    private static func problem(_ names: [String]) -> String? {
        if names.contains("") { return "a name is empty" }
        if names.contains("auto") { return "\"auto\" can't be combined with names" }
        if Set(names).count < names.count { return "a name occurs twice" }
        return nil
    }

    /// Parses a literal.
    ///
    /// - Precondition: The literal is valid.
    public init(stringLiteral value: String) {
        let names = value.split(separator: ",").map { String($0).trimmed.lowercased() }
        precondition(
            !names.isEmpty && (names == ["auto"] || Self.problem(names) == nil), "invalid backend selection: \(value)")
        self.init(names: names == ["auto"] ? [] : names)
    }

    /// Whether this is `auto`.
    public var isAuto: Bool { names.isEmpty }

    /// The selection in the syntax of `BERT_BACKEND`.
    public var description: String { isAuto ? "auto" : names.joined(separator: ",") }

    /// The source of a selection.
    public enum Source: Sendable, Hashable, CustomStringConvertible {
        /// An argument in code or on the command line: `backend:`, `--backend`.
        case argument(String)
        /// ``withBackend(_:operation:)``.
        case taskLocal
        /// An environment variable.
        case environment(String)
        /// The default, without a request.
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

    /// The selection of the current task, if any.
    @TaskLocal static var current: BackendSelection?
}

/// Runs `operation` with a backend selected for its duration, including child tasks.
///
/// Arguments override this selection, and it overrides the environment.
public func withBackend<Result>(
    _ selection: BackendSelection, operation: () throws -> Result
) rethrows -> Result {
    try BackendSelection.$current.withValue(selection, operation: operation)
}

/// Runs `operation` with a backend selected for its duration, including child tasks.
///
/// Arguments override this selection, and it overrides the environment.
public func withBackend<Result>(
    _ selection: BackendSelection, isolation: isolated (any Actor)? = #isolation, operation: () async throws -> Result
) async rethrows -> Result {
    try await BackendSelection.$current.withValue(selection, operation: operation, isolation: isolation)
}
