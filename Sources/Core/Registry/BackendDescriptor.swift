/// The registry entry of a backend: metadata, and a closure that opens the backend on first use.
public struct BackendDescriptor: Sendable {
    /// The name that selects the backend, for example `onednn`. Lower case.
    public let name: String
    /// Alternative names.
    public let aliases: [String]
    /// A one-line description.
    public let summary: String
    /// The priority for `auto` in each precision.
    public let priority: BackendPriority
    /// The module and file that register the backend, for error messages about duplicate names.
    public let origin: String
    /// The file of the plugin that registered the backend, if any.
    public internal(set) var plugin: String?
    /// The names of the package with its C library.
    public let packages: PackageNames?
    /// The environment variables that the backend reads.
    public let variables: [EnvironmentVariable]
    /// Checks the values of ``variables`` without opening the backend. Errors are thrown by all requests for a backend.
    public let validate: @Sendable (BertEnvironment) throws -> Void
    /// Opens the C library, checks it and returns the backend. Called on first use, and again only after a failure.
    ///
    /// Errors should be ``BackendUnavailableReason``; others are reported as `openingFailed`. The registry runs a
    /// self-test on the result.
    public let open: @Sendable (BackendContext) throws -> any ComputeBackend

    /// Creates a description of a backend.
    public init(
        name: String, aliases: [String] = [], summary: String, priority: BackendPriority, packages: PackageNames? = nil,
        variables: [EnvironmentVariable] = [],
        validate: @escaping @Sendable (BertEnvironment) throws -> Void = { _ in }, origin: String = #fileID,
        open: @escaping @Sendable (BackendContext) throws -> any ComputeBackend
    ) {
        self.name = name.lowercased()
        self.aliases = aliases.map { $0.lowercased() }
        self.summary = summary
        self.priority = priority
        self.packages = packages
        self.variables = variables
        self.validate = validate
        self.origin = origin
        self.open = open
    }
}

/// The names of a package in different package managers.
public struct PackageNames: Sendable, Hashable {
    /// The name in Debian and Ubuntu.
    public let apt: String
    /// The name in Fedora and Red Hat.
    public let dnf: String
    /// The name in Homebrew.
    public let brew: String

    /// Creates the names of a package.
    public init(apt: String, dnf: String, brew: String) {
        self.apt = apt
        self.dnf = dnf
        self.brew = brew
    }

    /// The command that installs the package on this system.
    public var installCommand: String {
        switch Distribution.current {
        case .debian: "apt-get install \(apt)"
        case .fedora: "dnf install \(dnf)"
        case .homebrew: "brew install \(brew)"
        case .other: "install the package \(apt) (its name on Debian)"
        }
    }
}

/// The parameters for opening a backend.
public struct BackendContext: Sendable {
    /// The environment variables.
    public let environment: BertEnvironment
    /// The number of threads that an operation may use.
    public let threads: Int
    /// The thread pool for the backend's own kernels, with `threads` threads.
    public let workers: WorkerPool
    let registry: BackendRegistry
}
