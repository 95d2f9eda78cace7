/// An environment variable with its documentation.
public struct EnvironmentVariable: Sendable, Hashable {
    /// The name, for example `BERT_BACKEND`.
    public let name: String
    /// The accepted values, for example `auto | NAME | NAME,NAME`.
    public let values: String
    /// The default value.
    public let defaultValue: String
    /// A one-line summary.
    public let summary: String

    /// Creates a description of a variable.
    public init(_ name: String, values: String, defaultValue: String, summary: String) {
        self.name = name
        self.values = values
        self.defaultValue = defaultValue
        self.summary = summary
    }

    /// The backend.
    public static let backend = EnvironmentVariable(
        "BERT_BACKEND", values: "auto | NAME | NAME,NAME,…", defaultValue: "auto",
        summary: "the backend, or several backends in order of preference")
    /// The precision of linear layers.
    public static let precision = EnvironmentVariable(
        "BERT_PRECISION", values: Precision.allCases.map(\.rawValue).joined(separator: " | "), defaultValue: "float32",
        summary: "the precision of linear layers")
    /// The number of threads.
    public static let threads = EnvironmentVariable(
        "BERT_NUM_THREADS", values: "1…1024",
        defaultValue: "the number of physical cores, limited by the container's quota",
        summary: "the number of threads, including the calling thread")
    /// Backends to treat as unavailable.
    public static let disabledBackends = EnvironmentVariable(
        "BERT_DISABLE_BACKENDS", values: "NAME,NAME,…", defaultValue: "none",
        summary: "backends to treat as unavailable")
    /// Plugins to load.
    public static let plugins = EnvironmentVariable(
        "BERT_PLUGINS", values: "FILE:FILE:…", defaultValue: "none",
        summary: "plugins to load before the first use of a backend")
    /// Whether notices are written to standard error.
    public static let quiet = EnvironmentVariable(
        "BERT_QUIET", values: "1 | 0", defaultValue: "0",
        summary: "suppresses notices on standard error, but not warnings and errors")

    /// How `bert` writes the error of a failure.
    public static let errors = EnvironmentVariable(
        "BERT_ERRORS", values: "text | json", defaultValue: "text",
        summary: "writes the error of `bert` as a JSON object with its code and fields")

    /// Whether operations are traced, and how the trace is written.
    public static let trace = EnvironmentVariable(
        "BERT_TRACE", values: "summary | ops | json:PATH", defaultValue: "no trace",
        summary: "reports which operations ran, on which backend and for how long")
    /// The backend that every operation is compared with.
    public static let check = EnvironmentVariable(
        "BERT_CHECK", values: "NAME", defaultValue: "no check",
        summary: "repeats all operations on this backend and stops at the first difference")

    /// The libcurl to load.
    public static let curlLibrary = EnvironmentVariable(
        "BERT_CURL_LIBRARY", values: "FILE", defaultValue: "libcurl of the system",
        summary: "the libcurl library to load for downloads, instead of the default ones")

    /// All variables except those of backends, which are listed in the backends' descriptors.
    public static let core: [EnvironmentVariable] = [
        .backend, .precision, .threads, .disabledBackends, .plugins, .quiet, .errors, .trace, .check, .curlLibrary,
    ]
}
