/// A backend's entry in the registry: enough to list it, and how to open it on first use.
public struct BackendDescriptor: Sendable {
    /// The name it is chosen by, for example `onednn`. Lower case.
    public let name: String
    /// Other names it answers to.
    public let aliases: [String]
    /// A description in one line.
    public let summary: String
    /// `auto` takes the available backend with the highest priority: oneDNN has 300, OpenBLAS 200, the reference 0, and
    /// `simd` 350 or less, depending on the processor.
    public let priority: Int
    /// The module and file that registers it, for the message when two backends have one name.
    public let origin: String
    /// The plugin's file, if a plugin registered it.
    public internal(set) var plugin: String?
    /// The package with its C library, for each package manager.
    public let packages: PackageNames?
    /// The environment variables that it reads.
    public let variables: [EnvironmentVariable]
    /// Checks the values of ``variables`` without opening anything. Its error is thrown to whoever asks for any backend.
    public let validate: @Sendable (BertEnvironment) throws -> Void
    /// Opens the C library, checks it and returns the backend. Called on first use, and only once if it succeeds.
    ///
    /// It throws ``BackendUnavailableReason``; any other error is reported as `openingFailed`. The registry runs a self-test
    /// on the result.
    public let open: @Sendable (BackendContext) throws -> any ComputeBackend

    /// Describes a backend.
    public init(
        name: String, aliases: [String] = [], summary: String, priority: Int, packages: PackageNames? = nil,
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

    /// The names of one package.
    public init(apt: String, dnf: String, brew: String) {
        self.apt = apt
        self.dnf = dnf
        self.brew = brew
    }

    /// The command that installs it on this system.
    public var installCommand: String {
        switch Distribution.current {
        case .debian: "apt-get install \(apt)"
        case .fedora: "dnf install \(dnf)"
        case .homebrew: "brew install \(brew)"
        case .other: "install the package \(apt) (Debian's name for it)"
        }
    }
}

/// What a backend gets when it is opened.
public struct BackendContext: Sendable {
    /// The environment variables.
    public let environment: BertEnvironment
    /// How many threads an operation may use.
    public let threads: Int
    /// The pool for a backend's own kernels, with `threads` threads.
    public let workers: WorkerPool
    let registry: BackendRegistry
}
