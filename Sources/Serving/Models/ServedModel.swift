public import BertCheckpoints
import BertCore
import BertModels
import Synchronization

/// The source and the name of a served model.
public struct ModelSource: Sendable {
    /// The name of the model in requests.
    public var name: String
    /// Returns the files of the model. Called whenever it is loaded.
    public var files: @Sendable () throws -> ModelFiles
    /// The folder with the files, or nil if they may be in memory.
    var folder: String?

    /// Creates a source.
    public init(name: String, files: @escaping @Sendable () throws -> ModelFiles) {
        self.name = name
        self.files = files
    }

    /// Creates a source from a folder. The default name is the folder's.
    public init(name: String? = nil, folder: String) {
        let last = folder.split(separator: "/").last.map(String.init) ?? folder
        self.init(name: name ?? last) { try ModelFiles(folder: folder) }
        self.folder = folder
    }
}

/// A named model in any state.
final class ServedModel: Sendable {
    /// The state of a model, with the names used by `/v1/models`.
    enum State: Sendable {
        case unloaded
        case loading
        case loaded(LoadedModel)
        case failed(any Error)

        var name: String {
            switch self {
            case .unloaded: "unloaded"
            case .loading: "loading"
            case .loaded: "loaded"
            case .failed: "failed"
            }
        }

        static let names = ["unloaded", "loading", "loaded", "failed"]
    }

    private struct Guarded {
        var state = State.unloaded
        /// The model that answers requests while its replacement is loaded.
        var previous: LoadedModel?
        /// The requests that wait for the model, by number.
        var waiting: [Int: CheckedContinuation<LoadedModel, any Error>] = [:]
        var nextWaiting = 0
        var tried: ContinuousClock.Instant?
        var loads = 0
        var lastUse = ContinuousClock.now
        /// The task of the model, after it was loaded for the first time.
        var task: ServedTask?
        /// The memory of the model, after it was loaded for the first time.
        var memory: Int?
    }

    let name: String
    /// The Unix time when the model was created.
    let created = Int(ProcessFacts.now)
    private let source: ModelSource
    private let load: @Sendable (ModelSource) throws -> LoadedModel
    private let guarded = Mutex(Guarded())

    init(_ source: ModelSource, load: @escaping @Sendable (ModelSource) throws -> LoadedModel) {
        name = source.name
        self.source = source
        self.load = load
    }

    var state: State { guarded.withLock { $0.state } }
    /// The number of times that the model was loaded.
    var loads: Int { guarded.withLock { $0.loads } }
    /// The model, if it is loaded.
    var loaded: LoadedModel? { if case .loaded(let model) = state { model } else { guarded.withLock { $0.previous } } }

    /// Returns the model, and loads it if necessary. Loading is retried if it failed because of an unavailable backend,
    /// which may be available now.
    ///
    /// - Parameter timeout: The time to wait for the model. Loading continues after it.
    /// - Throws: ``ServingError`` with the complete reason, or with code `loading` after the timeout.
    func get(timeout: Duration? = nil) async throws -> LoadedModel {
        if let model =
            (guarded.withLock { guarded -> LoadedModel? in
                guarded.lastUse = .now
                if case .loaded(let model) = guarded.state { return model }
                return guarded.previous
            })
        {
            return model
        }
        var timer: Task<Void, Never>?
        defer { timer?.cancel() }
        do {
            return try await withCheckedThrowingContinuation { continuation in
                let outcome: (start: Bool, number: Int, error: (any Error)?) = guarded.withLock { guarded in
                    switch guarded.state {
                    case .loaded(let model):
                        continuation.resume(returning: model)
                        return (false, 0, nil)
                    case .failed(let error) where !Self.mayHeal(error, since: guarded.tried): return (false, 0, error)
                    case .loading, .failed, .unloaded: break
                    }
                    guarded.nextWaiting += 1
                    guarded.waiting[guarded.nextWaiting] = continuation
                    if case .loading = guarded.state { return (false, guarded.nextWaiting, nil) }
                    // A backend that was unavailable may be available now.
                    if case .failed = guarded.state { BackendRegistry.shared.forgetFailures() }
                    guarded.state = .loading
                    return (true, guarded.nextWaiting, nil)
                }
                if let error = outcome.error { continuation.resume(throwing: error) }
                if outcome.start { start() }
                if let timeout, outcome.number > 0 { timer = giveUp(outcome.number, after: timeout) }
            }
        } catch { throw Self.servingError(name, error) }
    }

    private func giveUp(_ number: Int, after timeout: Duration) -> Task<Void, Never> {
        Task {
            do { try await Task.sleep(for: timeout) } catch { return }
            guarded.withLock { $0.waiting.removeValue(forKey: number) }?.resume(
                throwing: ServingError(
                    .loading, "the model \"\(name)\" is still being loaded; try again in a few seconds", retryAfter: 5))
        }
    }

    /// Reloads the model, unless it is unloaded. Requests are answered by the current model until the new one is
    /// loaded.
    ///
    /// - Throws: Errors of loading. The current model then stays in use.
    func reload() async throws {
        let model: LoadedModel? = guarded.withLock { guarded in
            guard case .loaded(let model) = guarded.state else { return nil }
            guarded.previous = model
            guarded.state = .unloaded
            return model
        }
        guard let model else {
            let failed = guarded.withLock { guarded in
                guard case .failed = guarded.state else { return false }
                guarded.state = .unloaded
                return true
            }
            if failed { _ = try await get() }
            return
        }
        do {
            let new = try await loadOnThread()
            guarded.withLock { guarded in
                guarded.state = .loaded(new)
                guarded.task = new.task
                guarded.memory = new.memory
                guarded.previous = nil
                guarded.loads += 1
            }
        } catch {
            guarded.withLock { guarded in
                guarded.state = .loaded(model)
                guarded.previous = nil
            }
            throw error
        }
    }

    /// Unloads the model as soon as no batch uses it. The next request loads it again.
    func unload() {
        guarded.withLock { guarded in if case .loaded = guarded.state { guarded.state = .unloaded } }
    }

    /// The task of the model, if it was ever loaded.
    var task: ServedTask? { guarded.withLock { $0.task } }

    /// The memory of the model in bytes, if it was ever loaded.
    var memory: Int? { guarded.withLock { $0.memory } }

    /// The time when the model was last requested.
    var lastUse: ContinuousClock.Instant { guarded.withLock { $0.lastUse } }

    /// Returns whether loading can be retried. A missing backend is looked up at most once a second. A damaged file
    /// requires a reload.
    private static func mayHeal(_ error: any Error, since tried: ContinuousClock.Instant?) -> Bool {
        guard error is BackendUnavailableError else { return false }
        return tried.map { ContinuousClock.now - $0 > .seconds(1) } ?? true
    }

    private func loadOnThread() async throws -> LoadedModel {
        try await withCheckedThrowingContinuation { continuation in
            let started = DetachedThread.start { [load, source] in
                continuation.resume(with: Result { try load(source) })
            }
            if !started {
                continuation.resume(
                    throwing: BertError(.outOfMemory, "the system can't create a thread to load a model"))
            }
        }
    }

    private func start() {
        Task {
            let result: Result<LoadedModel, any Error>
            do { result = .success(try await loadOnThread()) } catch { result = .failure(error) }
            let waiting = guarded.withLock { guarded in
                defer { guarded.waiting = [:] }
                guarded.tried = .now
                switch result {
                case .success(let model):
                    guarded.state = .loaded(model)
                    guarded.task = model.task
                    guarded.memory = model.memory
                    guarded.loads += 1
                case .failure(let error): guarded.state = .failed(error)
                }
                return Array(guarded.waiting.values)
            }
            for continuation in waiting { continuation.resume(with: result) }
        }
    }

    static func servingError(_ name: String, _ error: any Error) -> any Error {
        switch error {
        case let error as ServingError: error
        case is CancellationError: error
        case let error as BackendUnavailableError:
            ServingError(.backendUnavailable, error.description, retryAfter: 30)
        default: ServingError(.loadingFailed, "the model \"\(name)\" can't be loaded: \(error)", retryAfter: 60)
        }
    }
}
