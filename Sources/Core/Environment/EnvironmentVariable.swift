/// A variable of the environment that the program reads: one row of the table in the documentation.
public struct EnvironmentVariable: Sendable, Hashable {
    /// For example `BERT_BACKEND`.
    public let name: String
    /// What it takes, for example `auto | NAME | NAME,NAME`.
    public let values: String
    /// What is done without it.
    public let defaultValue: String
    /// What it does, in one line.
    public let summary: String

    /// A row of the table.
    public init(_ name: String, values: String, defaultValue: String, summary: String) {
        self.name = name
        self.values = values
        self.defaultValue = defaultValue
        self.summary = summary
    }

    /// Which backend computes.
    public static let backend = EnvironmentVariable(
        "BERT_BACKEND", values: "auto | NAME | NAME,NAME,…", defaultValue: "auto",
        summary: "the backend that computes, or several in order of preference")
    /// What linear layers are computed in.
    public static let precision = EnvironmentVariable(
        "BERT_PRECISION", values: Precision.allCases.map(\.rawValue).joined(separator: " | "), defaultValue: "float32",
        summary: "what the products of linear layers are computed in")
    /// How many threads compute.
    public static let threads = EnvironmentVariable(
        "BERT_NUM_THREADS", values: "1…1024", defaultValue: "physical cores",
        summary: "threads that compute, the caller among them")
    /// Backends treated as if they were not available.
    public static let disabledBackends = EnvironmentVariable(
        "BERT_DISABLE_BACKENDS", values: "NAME,NAME,…", defaultValue: "none",
        summary: "backends that are not to be used, as if they were not available")
    /// Plugins to load.
    public static let plugins = EnvironmentVariable(
        "BERT_PLUGINS", values: "FILE:FILE:…", defaultValue: "none",
        summary: "dynamic libraries that bring further backends, loaded at the first use of any backend")
    /// Whether notices are written to standard error.
    public static let quiet = EnvironmentVariable(
        "BERT_QUIET", values: "1 | 0", defaultValue: "0",
        summary: "no notices on standard error (warnings and errors are still written)")

    /// What is recorded of operations, and how it is told.
    public static let trace = EnvironmentVariable(
        "BERT_TRACE", values: "summary | ops | json:PATH", defaultValue: "no trace",
        summary: "tells which operations ran, who did them and how long they took")
    /// What every operation is compared with.
    public static let check = EnvironmentVariable(
        "BERT_CHECK", values: "NAME", defaultValue: "no check",
        summary: "does every operation on this backend too and stops where the results differ")

    /// The variables that Core itself reads; backends add theirs through their descriptors.
    public static let core: [EnvironmentVariable] = [
        .backend, .precision, .threads, .disabledBackends, .plugins, .quiet, .trace, .check,
    ]
}
