/// The `BERT_*` environment variables and their parsed values.
///
/// Values are trimmed. Empty values count as unset.
public struct BertEnvironment: Sendable {
    private let values: [String: String]

    /// The environment of this process, read on first use.
    public static let process = BertEnvironment(ProcessVariables.all())

    /// Creates an environment with the given variables.
    public init(_ variables: [String: String]) {
        values = variables.reduce(into: [:]) { result, variable in
            guard variable.key.hasPrefix("BERT_") else { return }
            let value = variable.value.trimmed
            if !value.isEmpty { result[variable.key] = value }
        }
    }

    /// The variables that are set, sorted by name.
    public var all: [(name: String, value: String)] {
        values.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
    }

    /// The value of a variable; nil if it is unset.
    public subscript(variable: EnvironmentVariable) -> String? { values[variable.name] }

    /// Returns the value of a Boolean variable.
    ///
    /// - Throws: ``BertError`` with code `invalidSetting` unless the value is one of 1, 0, true, false, yes, no, on and
    ///   off.
    public func bool(_ variable: EnvironmentVariable, default: Bool = false) throws -> Bool {
        guard let value = self[variable] else { return `default` }
        switch value.lowercased() {
        case "1", "true", "yes", "on": return true
        case "0", "false", "no", "off": return false
        default:
            throw BertError(
                .invalidSetting, "\"\(value)\" is neither true nor false; use 1/0, true/false, yes/no or on/off",
                key: variable.name, value: .string(value),
                choices: ["1", "0", "true", "false", "yes", "no", "on", "off"])
        }
    }

    /// Returns the number of threads that an operation may use.
    ///
    /// The default is the number of physical cores that the process is bound to, limited by the quota of its container.
    ///
    /// - Throws: ``BertError`` with code `invalidSetting` unless the value is an integer from 1 to 1024.
    public func threadCount() throws -> Int {
        guard let value = self[.threads] else { return Processors.current.threads }
        guard let count = Int(value), (1...1024).contains(count) else {
            throw BertError(
                .invalidSetting,
                """
                "\(value)" is not an integer from 1 to 1024 \
                (default: \(Processors.current.threads), the number that this process may use)
                """, key: EnvironmentVariable.threads.name, value: .string(value), limit: 1024)
        }
        return count
    }

    /// Returns the elements of a comma-separated list, in lower case.
    public func list(_ variable: EnvironmentVariable) -> [String] {
        (self[variable] ?? "").split(separator: ",").map { String($0).trimmed.lowercased() }.filter { !$0.isEmpty }
    }

    /// Returns a warning for each `BERT_*` variable that isn't in `known`, with the closest known name. Settings of
    /// `bert serve`, `BERT_SERVE_*`, are checked by that command.
    public func misspellings(known: [EnvironmentVariable]) -> [String] {
        let names = known.map(\.name)
        return all.map(\.name).filter { !names.contains($0) && !$0.hasPrefix("BERT_SERVE_") }.map { name in
            let hint = Spelling.nearest(to: name, among: names).map { "did you mean \($0)?" }
            return "the environment variable \(name) is unknown; "
                + (hint ?? "the known variables are \(names.sorted().joined(separator: ", "))")
        }
    }
}
