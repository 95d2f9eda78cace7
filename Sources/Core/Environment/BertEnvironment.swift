/// The `BERT_*` variables, read once, and what they mean.
///
/// Values are trimmed; an empty one counts as unset.
public struct BertEnvironment: Sendable {
    private let values: [String: String]

    /// The variables of this process, read on first use.
    public static let process = BertEnvironment(ProcessVariables.all())

    /// An environment with the given variables.
    public init(_ variables: [String: String]) {
        values = variables.reduce(into: [:]) { result, variable in
            guard variable.key.hasPrefix("BERT_") else { return }
            let value = variable.value.trimmed
            if !value.isEmpty { result[variable.key] = value }
        }
    }

    /// The variables that are set, by name.
    public var all: [(name: String, value: String)] {
        values.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
    }

    /// The value of a variable.
    public subscript(variable: EnvironmentVariable) -> String? { values[variable.name] }

    /// A Boolean variable.
    ///
    /// - Throws: ``BertError`` with code `invalidSetting` for anything but 1/0/true/false/yes/no/on/off.
    public func bool(_ variable: EnvironmentVariable, default: Bool = false) throws -> Bool {
        guard let value = self[variable] else { return `default` }
        switch value.lowercased() {
        case "1", "true", "yes", "on": return true
        case "0", "false", "no", "off": return false
        default:
            throw BertError(
                .invalidSetting, "\(variable.name) is \"\(value)\"; it takes 1/0, true/false, yes/no or on/off")
        }
    }

    /// How many threads an operation may use: by default one for each physical core that the process is bound to, and no
    /// more than a container's quota.
    ///
    /// - Throws: ``BertError`` with code `invalidSetting` for anything but a whole number from 1 to 1024.
    public func threadCount() throws -> Int {
        guard let value = self[.threads] else { return Processors.current.threads }
        guard let count = Int(value), (1...1024).contains(count) else {
            throw BertError(
                .invalidSetting,
                """
                BERT_NUM_THREADS is "\(value)"; it takes a whole number from 1 to 1024 \
                (unset: \(Processors.current.threads), what this process may use)
                """)
        }
        return count
    }

    /// The names of a comma-separated list, lower-cased.
    public func list(_ variable: EnvironmentVariable) -> [String] {
        (self[variable] ?? "").split(separator: ",").map { String($0).trimmed.lowercased() }.filter { !$0.isEmpty }
    }

    /// A warning for each `BERT_*` variable that is not in `known`, with the closest known name.
    public func misspellings(known: [EnvironmentVariable]) -> [String] {
        let names = known.map(\.name)
        return all.map(\.name).filter { !names.contains($0) }.map { name in
            let hint = Spelling.nearest(to: name, among: names).map { "did you mean \($0)?" }
            return "the variable \(name) is set but unknown; "
                + (hint ?? "the known ones are \(names.sorted().joined(separator: ", "))")
        }
    }
}
