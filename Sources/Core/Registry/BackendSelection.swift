/// The requested backend, or backends in order of preference, and their precision.
public struct BackendSelection: Sendable, Hashable, CustomStringConvertible, ExpressibleByStringLiteral {
    /// The names in order of preference, lower case; empty for `auto`.
    public let names: [String]
    /// The precision of linear layers; nil: that of the task, of `BERT_PRECISION`, or else float32.
    public private(set) var precision: Precision?

    private init(names: [String]) { self.names = names }

    /// The same backends in a precision. A backend without it counts as unavailable.
    public func computing(in precision: Precision) -> BackendSelection {
        var selection = self
        selection.precision = precision
        return selection
    }

    /// The available backend with the highest priority.
    public static let auto = BackendSelection(names: [])

    /// This backend, or an error.
    public static func named(_ name: String) -> BackendSelection { firstAvailable([name]) }

    /// The first available one of these, or an error. No names, or only `auto`, mean `auto`.
    public static func firstAvailable(_ names: [String]) -> BackendSelection {
        let names = names.map { $0.trimmed.lowercased() }
        return BackendSelection(names: names == ["auto"] ? [] : names)
    }

    /// Parses `auto`, a name, or names separated by commas, ignoring case and white space.
    ///
    /// - Throws: ``BertError`` with code `invalidSetting`, naming `source`, for an empty name, a duplicate, or `auto` among
    ///   names.
    public init(parsing text: String, from source: String) throws {
        let names = text.split(separator: ",", omittingEmptySubsequences: false).map { String($0).trimmed.lowercased() }
        if names == ["auto"] {
            self = .auto
            return
        }
        if let problem = Self.problem(names) {
            throw BertError(
                .invalidSetting,
                "\(source) is \"\(text)\": \(problem); it takes auto, a name, or names separated by commas")
        }
        self.names = names
    }

    private static func problem(_ names: [String]) -> String? {
        if names.contains("") { return "a name is empty" }
        if names.contains("auto") { return "\"auto\" can't be combined with names" }
        if Set(names).count < names.count { return "a name occurs twice" }
        return nil
    }

    /// Parses the literal.
    ///
    /// - Precondition: the literal can be parsed.
    public init(stringLiteral value: String) {
        let names = value.split(separator: ",").map { String($0).trimmed.lowercased() }
        precondition(
            !names.isEmpty && (names == ["auto"] || Self.problem(names) == nil), "no backend selection: \(value)")
        self.init(names: names == ["auto"] ? [] : names)
    }

    /// Whether this is `auto`.
    public var isAuto: Bool { names.isEmpty }

    /// As it is written in `BERT_BACKEND`.
    public var description: String { isAuto ? "auto" : names.joined(separator: ",") }

    /// Where a selection comes from.
    public enum Source: Sendable, Hashable, CustomStringConvertible {
        /// An argument in code or at the shell: `backend:`, `--backend`.
        case argument(String)
        /// ``withBackend(_:operation:)``.
        case taskLocal
        /// An environment variable.
        case environment(String)
        /// No request: the default.
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

/// Runs `operation` with a backend selected for everything inside, child tasks included.
///
/// An argument overrides it; it overrides the environment.
public func withBackend<Result>(
    _ selection: BackendSelection, operation: () throws -> Result
) rethrows -> Result {
    try BackendSelection.$current.withValue(selection, operation: operation)
}

/// Runs `operation` with a backend selected for everything inside, child tasks included.
///
/// An argument overrides it; it overrides the environment.
public func withBackend<Result>(
    _ selection: BackendSelection, isolation: isolated (any Actor)? = #isolation, operation: () async throws -> Result
) async rethrows -> Result {
    try await BackendSelection.$current.withValue(selection, operation: operation, isolation: isolation)
}
