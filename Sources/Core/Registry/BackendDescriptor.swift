/// What a backend registers with: enough to list it, and how to open it when it is first asked for.
public struct BackendDescriptor: Sendable {
    /// What it is chosen by, for example `onednn`. Lower case.
    public let name: String
    /// Other names it answers to.
    public let aliases: [String]
    /// What it is, in one line.
    public let summary: String
    /// `auto` takes the available backend of the highest priority: oneDNN has 300, OpenBLAS 200, the reference 0, and
    /// `simd` 350 or less, by processor.
    public let priority: Int
    /// Who registers it: module and file, for the message when two backends have one name.
    public let origin: String
    /// The file of the plugin that brought it, if a plugin did.
    public internal(set) var plugin: String?
    /// The package that holds its C library, for each family of distributions.
    public let packages: PackageNames?
    /// The variables of the environment that it reads.
    public let variables: [EnvironmentVariable]
    /// Opens the C library, checks it and gives the backend. Called at the first use, and once if it succeeds.
    ///
    /// Throws ``BackendUnavailableReason``; anything else is told as `openingFailed`. The registry runs a self-test on
    /// what it gives.
    public let open: @Sendable (BackendContext) throws -> any ComputeBackend

    /// Describes a backend.
    public init(
        name: String, aliases: [String] = [], summary: String, priority: Int, packages: PackageNames? = nil,
        variables: [EnvironmentVariable] = [], origin: String = #fileID,
        open: @escaping @Sendable (BackendContext) throws -> any ComputeBackend
    ) {
        self.name = name.lowercased()
        self.aliases = aliases.map { $0.lowercased() }
        self.summary = summary
        self.priority = priority
        self.packages = packages
        self.variables = variables
        self.origin = origin
        self.open = open
    }
}

/// What a package is called by the package managers.
public struct PackageNames: Sendable, Hashable {
    /// Debian, Ubuntu.
    public let apt: String
    /// Fedora, Red Hat.
    public let dnf: String
    /// Homebrew.
    public let brew: String

    /// Names of one package.
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

/// What a backend is opened with.
public struct BackendContext: Sendable {
    /// The variables of the environment.
    public let environment: BertEnvironment
    /// How many threads an operation may use.
    public let threads: Int
    /// Threads for a backend's own kernels, `threads` of them.
    public let workers: WorkerPool
    let registry: BackendRegistry
}
