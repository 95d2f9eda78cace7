import BertLocks

/// The backends that are linked into the program or loaded as plugins.
///
/// Linking a backend's target only registers a descriptor. Its C library is opened on first use. An unavailable backend
/// isn't tried again until ``forgetFailures()``.
public final class BackendRegistry: Sendable {
    /// The shared registry, which backends are added to when they are loaded.
    public static let shared = BackendRegistry()

    private struct State {
        var entries: [BackendEntry] = []
        /// Errors of registrations at load time, when errors can't be thrown.
        var refused: [any Error] = []
        var announced: Set<String> = []
        var workers: WorkerPool?
    }
    private let state = ForkSafeMutex(State())
    private let environmentOverride: BertEnvironment?
    private let observer: ForkSafeMutex<BackendObserver?>
    /// The loading of the plugins in `BERT_PLUGINS`; nil before the first request.
    let namedPlugins = ForkSafeMutex<Opening<Void>?>(nil)
    /// The trace requested by `BERT_TRACE`; nil before the first use of a backend.
    let traceReport = ForkSafeMutex<TraceReport?>(nil)

    /// Creates a separate registry, for tests and for programs that don't use environment variables.
    ///
    /// - Parameters:
    ///   - environment: The variables; nil to use those of the process, read on first use.
    ///   - observer: A closure that receives notices and warnings; nil to write them to standard error.
    public init(environment: BertEnvironment? = nil, observer: BackendObserver? = nil) {
        environmentOverride = environment
        self.observer = ForkSafeMutex(observer)
    }

    /// The environment variables.
    public var environment: BertEnvironment { environmentOverride ?? .process }
    /// Whether the registry uses the environment variables of the process.
    var isOfProcess: Bool { environmentOverride == nil }

    /// Sends notices and warnings to `observer` instead of standard error.
    public func observe(with observer: @escaping BackendObserver) { self.observer.withLock { $0 = observer } }

    // MARK: Registering

    /// Adds a backend. Registering the same backend again has no effect.
    ///
    /// - Throws: ``BertError`` with code `duplicateBackend` and both origins if another backend has one of the names,
    ///   or `invalidArgument` for a name that can't be used in `BERT_BACKEND`.
    public func register(_ descriptor: BackendDescriptor) throws { try register([descriptor]) }

    /// Adds several backends, or none of them if one can't be added.
    func register(_ descriptors: [BackendDescriptor]) throws {
        try state.withLock { state in
            var entries = state.entries
            for descriptor in descriptors where try Self.isNew(descriptor, beside: entries.map(\.descriptor)) {
                entries.append(BackendEntry(descriptor))
            }
            state.entries = entries
        }
    }

    private static func isNew(_ descriptor: BackendDescriptor, beside others: [BackendDescriptor]) throws -> Bool {
        let names = Set([descriptor.name] + descriptor.aliases)
        if let name = names.first(where: { !isSelectable($0) }) {
            throw BertError(
                .invalidArgument,
                """
                "\(name)" is not a valid backend name (registered by \(descriptor.origin)): \
                a name must not contain whitespace or commas, and must not be "auto"
                """, value: .string(name))
        }
        for other in others {
            guard let common = names.intersection([other.name] + other.aliases).min() else { continue }
            let sameSource = other.origin == descriptor.origin && other.plugin == descriptor.plugin
            if sameSource, other.name == descriptor.name { return false }
            throw BertError(
                .duplicateBackend,
                """
                two backends have the name "\(common)": one registered by \(other.source), another by \
                \(descriptor.source); rename one of them
                """, value: .string(common))
        }
        return true
    }

    private static func isSelectable(_ name: String) -> Bool {
        !name.isEmpty && name != "auto"
            && !name.unicodeScalars.contains { $0 == "," || $0.properties.isWhitespace }
    }

    /// Adds a backend to the shared registry when its code is loaded.
    ///
    /// Errors can't be thrown at that time; they are thrown by the next request for a backend.
    public static func registerAtLoad(_ descriptor: BackendDescriptor) {
        if let load = PluginLoad.current { return load.add(descriptor) }
        do { try shared.register(descriptor) } catch { shared.refuse(error) }
    }

    /// Stores an error for the next request for a backend.
    func refuse(_ error: any Error) { state.withLock { $0.refused.append(error) } }

    /// Errors of registrations and plugins that couldn't be thrown when they occurred. Requests for a backend throw the
    /// first.
    package var refusals: [any Error] {
        loadNamedPlugins()
        return state.withLock { $0.refused }
    }

    /// The registered backends, by descending priority in float32, then by name.
    public var descriptors: [BackendDescriptor] { descriptors(in: .float32) }

    /// The names of the registered backends, by descending priority in float32.
    public var names: [String] { descriptors.map(\.name) }

    /// Returns the registered backends, by descending priority in a precision, then by name.
    public func descriptors(in precision: Precision) -> [BackendDescriptor] {
        entries.map(\.descriptor).sorted {
            ($1.priority[precision], $0.name) < ($0.priority[precision], $1.name)
        }
    }

    private var entries: [BackendEntry] {
        loadNamedPlugins()
        return state.withLock(\.entries)
    }

    /// Returns the command that installs the library of a backend on this system.
    func installCommand(_ name: String) -> String? { entry(name)?.descriptor.packages?.installCommand }

    private func entry(_ name: String) -> BackendEntry? {
        entries.first { $0.descriptor.name == name || $0.descriptor.aliases.contains(name) }
    }

    // MARK: Requests

    /// Returns the status of a backend, opening it if necessary.
    ///
    /// - Parameters:
    ///   - name: The name or an alias, in any case.
    ///   - precision: The precision of linear layers; nil for the default precision of the backend.
    public func status(of name: String, in precision: Precision? = nil) -> BackendStatus {
        let status = ownStatus(of: name)
        guard let precision, let backend = status.backend else { return status }
        do { return .available(try backend.computing(in: precision)) } catch let reason as BackendUnavailableReason {
            return .unavailable(reason)
        } catch {
            return .unavailable(.openingFailed(error))
        }
    }

    private func ownStatus(of name: String) -> BackendStatus {
        let name = name.trimmed.lowercased()
        guard let entry = entry(name) else { return .unavailable(.notRegistered(name: name, known: names)) }
        if let reason = disabled(entry) { return .unavailable(reason) }
        do { return entry.status(in: try context()) } catch { return .unavailable(.openingFailed(error)) }
    }

    /// Returns the status of a backend if it has been opened, without opening it.
    public func statusIfOpened(of name: String) -> BackendStatus? { entry(name.trimmed.lowercased())?.statusIfOpened }

    /// Forgets failures, so that the next request for an unavailable backend tries again.
    public func forgetFailures() { for entry in entries { entry.forgetFailure() } }

    /// Returns the effective selection and its source: the argument, the task, the environment or else `auto`.
    ///
    /// The precision is determined independently, in the same order, and is nil if it isn't set anywhere.
    ///
    /// - Throws: ``BertError`` with code `invalidSetting` if `BERT_BACKEND` or `BERT_PRECISION` can't be parsed.
    public func resolve(
        _ argument: BackendSelection? = nil, from source: BackendSelection.Source = .argument("backend:")
    ) throws -> (selection: BackendSelection, source: BackendSelection.Source) {
        let precision =
            try argument?.precision ?? BackendSelection.current?.precision
            ?? environment[.precision].map { try Precision(parsing: $0, from: "BERT_PRECISION") }
        let (selection, source) = try resolveNames(argument, from: source)
        return (precision.map(selection.computing) ?? selection, source)
    }

    private func resolveNames(
        _ argument: BackendSelection?, from source: BackendSelection.Source
    ) throws -> (selection: BackendSelection, source: BackendSelection.Source) {
        if let argument { return (argument, source) }
        if let local = BackendSelection.current { return (local, .taskLocal) }
        if let text = environment[.backend] {
            return (try BackendSelection(parsing: text, from: "BERT_BACKEND"), .environment("BERT_BACKEND"))
        }
        return (.auto, .default)
    }

    /// Returns the backend to compute with.
    ///
    /// - Parameters:
    ///   - argument: The caller's selection; nil to use the selection of the task, of `BERT_BACKEND`, or else `auto`.
    ///   - precision: A precision that overrides the one of the selection.
    ///   - source: The name of the argument, for messages.
    ///   - requester: The pipeline or command that needs the backend, for messages.
    /// - Returns: The backend, with the decorators that `BERT_CHECK` and `BERT_TRACE` request.
    /// - Throws: ``BackendUnavailableError`` if the backend isn't available; there is no fallback to other backends.
    ///   ``BertError`` with code `invalidSetting` for a variable that can't be parsed, or `duplicateBackend` if two
    ///   backends with the same name were loaded.
    public func backend(
        _ argument: BackendSelection? = nil, precision: Precision? = nil,
        from source: BackendSelection.Source = .argument("backend:"),
        for requester: String = BackendUnavailableError.anonymous
    ) throws -> any ComputeBackend {
        if let refused = refusals.first { throw refused }
        try checkVariables()
        let resolved = try resolve(argument, from: source)
        let selection = precision.map(resolved.selection.computing) ?? resolved.selection
        let precision = selection.precision ?? .float32
        _ = try context()
        var failures: [BackendUnavailableError.Failure] = []
        for name in selection.isAuto ? descriptors(in: precision).map(\.name) : selection.names {
            switch status(of: name, in: precision) {
            case .available(let backend):
                if selection.isAuto { announce(backend, passedOver: failures) }
                return try decorated(backend)
            case .unavailable(let reason):
                failures.append(
                    .init(backend: name, reason: reason, install: installCommand(name)))
            }
        }
        throw BackendUnavailableError(
            requester: requester, selection: selection, source: resolved.source, failures: failures,
            available: available(in: precision, but: failures.map(\.backend)))
    }

    /// Returns the backends that are available in a precision, with versions.
    func available(in precision: Precision, but others: [String] = []) -> [String] {
        descriptors(in: precision).map(\.name).filter { !others.contains($0) }.compactMap {
            status(of: $0, in: precision).backend?.info.nameAndVersion
        }
    }

    // MARK: Implementation

    /// Returns the reference backend for a backend that is being opened.
    fileprivate func reference(_ context: BackendContext) throws -> any ComputeBackend {
        let reason: BackendUnavailableReason
        if let entry = entry("reference") {
            let status = disabled(entry).map(BackendStatus.unavailable) ?? entry.status(in: context)
            switch status {
            case .available(let backend): return backend
            case .unavailable(let why): reason = why
            }
        } else {
            reason = .notRegistered(name: "reference", known: names)
        }
        throw reason.ofDelegate("reference")
    }

    private func context() throws -> BackendContext {
        let threads = try environment.threadCount()
        let workers = state.withLock { state in
            if let workers = state.workers { return workers }
            let workers = WorkerPool(threads: threads)
            state.workers = workers
            return workers
        }
        return BackendContext(environment: environment, threads: threads, workers: workers, registry: self)
    }

    private func disabled(_ entry: BackendEntry) -> BackendUnavailableReason? {
        let disabled = environment.list(.disabledBackends)
        let names = [entry.descriptor.name] + entry.descriptor.aliases
        guard names.contains(where: disabled.contains) else { return nil }
        return .disabledByEnvironment(
            variable: EnvironmentVariable.disabledBackends.name, value: environment[.disabledBackends] ?? "")
    }

    /// All environment variables that this program reads.
    public var knownVariables: [EnvironmentVariable] {
        // Several backends may read the same variable.
        var names: Set<String> = []
        return (EnvironmentVariable.core + descriptors.flatMap(\.variables)).filter { names.insert($0.name).inserted }
    }

    /// Warnings about variables that are set but unknown.
    public var warnings: [String] {
        environment.misspellings(known: knownVariables)
            + environment.list(.disabledBackends).filter { entry($0) == nil }.map { name in
                "BERT_DISABLE_BACKENDS names \"\(name)\", which is not among the backends here "
                    + "(\(names.joined(separator: ", ")))"
            }
    }

    /// Checks the values of all variables.
    ///
    /// - Throws: ``BertError`` with code `invalidSetting` for an invalid value.
    package func validateVariables() throws {
        for descriptor in descriptors { try descriptor.validate(environment) }
    }

    private func checkVariables() throws {
        try validateVariables()
        _ = try environment.bool(.quiet)
        _ = try traceSetting()
        for sentence in warnings { sayOnce(.warning, sentence) }
    }

    private func announce(_ backend: any ComputeBackend, passedOver: [BackendUnavailableError.Failure]) {
        let reasons = passedOver.map { "\($0.backend): \($0.reason.message)" }
        let threads = backend.info.threads
        sayOnce(
            .notice,
            "computing with \(backend.info.nameAndVersion), \(threads) thread\(threads == 1 ? "" : "s")"
                + (reasons.isEmpty ? "" : "; not with " + reasons.joined(separator: "; ")))
    }

    /// Passes an event to the observer, or writes it to standard error, except for notices that `BERT_QUIET`
    /// suppresses.
    package func tell(_ event: BackendEvent) {
        if let observer = observer.withLock({ $0 }) { return observer(event) }
        // An invalid value is an error when a backend is selected.
        if event.level == .notice, (try? environment.bool(.quiet)) == true { return }
        writeToStandardError(event)
    }

    private func sayOnce(_ level: BackendEvent.Level, _ message: String) {
        guard state.withLock({ $0.announced.insert(message).inserted }) else { return }
        tell(BackendEvent(level, message))
    }
}

extension BackendContext {
    /// Returns the reference backend, for backends that delegate to it.
    ///
    /// - Throws: ``BackendUnavailableReason`` if it isn't available; the backend that needs it isn't available either
    ///   in that case.
    public func reference() throws -> any ComputeBackend { try registry.reference(self) }
}

/// The availability of a registered backend.
public enum BackendStatus: Sendable {
    /// The backend was opened and passed its self-test.
    case available(any ComputeBackend)
    /// The backend can't be used, for the given reason.
    case unavailable(BackendUnavailableReason)

    /// The backend, if it is available.
    public var backend: (any ComputeBackend)? {
        if case .available(let backend) = self { backend } else { nil }
    }

    /// The reason, if the backend isn't available.
    public var reason: BackendUnavailableReason? {
        if case .unavailable(let reason) = self { reason } else { nil }
    }
}
