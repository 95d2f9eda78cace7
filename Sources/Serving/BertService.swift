public import BertCore
import BertJSON
import BertModels
import BertTokenizers
import Synchronization

/// A service that answers requests to models. It supports several APIs, and is independent of the transport.
///
/// ```swift
/// let service = try BertService([ModelSource(folder: "all-MiniLM-L6-v2")])
/// await service.start()
/// let answer = await service.respond(to: WireRequest(method: "GET", target: "/v1/models"))
/// ```
public final class BertService: Sendable {
    /// The options of the service.
    public let options: ServiceOptions
    let shelf: ModelShelf
    let engine: Engine
    let metrics = Metrics()
    let threads: ComputeThreads
    private let requests = Atomic<Int>(0)
    private let hasStarted = Atomic<Bool>(false)
    private let isDraining = Atomic<Bool>(false)
    let startTime = ProcessFacts.now
    let keys: [[UInt8]]
    private let library: ModelLibrary

    /// Creates a service. Models aren't loaded until ``start()`` is called.
    ///
    /// - Parameters:
    ///   - sources: The models. If neither the path nor the body of a request names a model, the first one that
    ///     supports the task is used.
    ///   - options: Limits, batching and access control.
    ///   - backend: Returns the backend of a model. Called whenever a model is loaded, with the name of the requester.
    /// - Throws: `BertError` for two models with the same name, an alias of an unknown model, or invalid options.
    public init(
        _ sources: [ModelSource], options: ServiceOptions = ServiceOptions(),
        backend: @escaping @Sendable (_ requester: String) throws -> any ComputeBackend = {
            try BackendRegistry.shared.backend(for: $0)
        }
    ) throws {
        guard !sources.isEmpty else { throw BertError(.invalidArgument, "no model to serve; add at least one") }
        self.options = options
        let (pooling, isSplade) = (options.pooling, options.isSplade)
        let library = ModelLibrary()
        self.library = library
        shelf = try ModelShelf(
            sources.map { source in
                ServedModel(source) { source in
                    try library.model(source) {
                        try backend("bert serve")
                    } load: {
                        try LoadedModel($0, on: $1, pooling: pooling, isSplade: isSplade)
                    }
                }
            }, aliases: options.aliases)
        // Invalid settings are errors now, not in the first request.
        let threadCount = try BertEnvironment.process.threadCount()
        engine = try Engine(
            workers: options.workers ?? min(2, threadCount), budget: options.maxBatchTokens,
            capacity: options.maxQueueTokens, delay: options.maxBatchDelay, metrics: metrics)
        threads = ComputeThreads(options.tokenizationWorkers)
        keys = options.apiKeys.map { Array($0.utf8) }
    }

    /// Loads the models. If a model can't be loaded, requests to it are answered with the error. Models that don't fit
    /// in the memory budget are loaded when they are requested.
    ///
    /// - Returns: The names and errors of the models that can't be loaded.
    @discardableResult
    public func start() async -> [(model: String, error: any Error)] {
        var failures: [(place: Int, failure: (model: String, error: any Error))] = []
        if let budget = options.memoryBudget {
            // One after another, so that at most one model is over the budget.
            for (place, served) in shelf.models.enumerated() {
                if let error = await loadFirst(served) { failures.append((place, (served.name, error))) }
                if shelf.memory > budget, shelf.models.contains(where: { $0 !== served && $0.loaded != nil }) {
                    unload(served)
                }
            }
        } else {
            failures = await withTaskGroup(of: (Int, (String, any Error)?).self) { group in
                for (place, served) in shelf.models.enumerated() {
                    group.addTask { (place, await self.loadFirst(served).map { (served.name, $0) }) }
                }
                var failures: [(Int, (model: String, error: any Error))] = []
                for await (place, failure) in group { if let failure { failures.append((place, failure)) } }
                return failures
            }
        }
        hasStarted.store(true, ordering: .releasing)
        return failures.sorted { $0.place < $1.place }.map(\.failure)
    }

    /// Loads a model and computes its first batch. Returns the error.
    private func loadFirst(_ served: ServedModel) async -> (any Error)? {
        do {
            try await Self.warmUp(served.get(), served, engine)
            return nil
        } catch { return error }
    }

    /// Returns a model, and loads it if necessary. Other models are unloaded to stay within the memory budget.
    func load(_ served: ServedModel) async throws -> LoadedModel {
        if served.loaded == nil { makeRoom(for: served.memory ?? 0, keeping: served) }
        let model = try await served.get(timeout: options.loadTimeout)
        makeRoom(keeping: served)
        return model
    }

    /// Unloads the least recently used models until the others and the given number of bytes fit in the memory budget.
    private func makeRoom(for bytes: Int = 0, keeping kept: ServedModel) {
        guard let budget = options.memoryBudget, shelf.memory + bytes > budget else { return }
        func isLoaded(_ served: ServedModel) -> Bool { if case .loaded = served.state { true } else { false } }
        let others = shelf.models.filter { $0 !== kept && isLoaded($0) }.sorted { $0.lastUse < $1.lastUse }
        for other in others where shelf.memory + bytes > budget { unload(other) }
    }

    /// Unloads a model. The next request loads it again.
    func unload(_ served: ServedModel) {
        served.unload()
        metrics.count("bert_model_unloads_total", ["model": served.name])
        ProcessFacts.giveMemoryBack()
    }

    /// Computes the first batch of a model, which takes longer than others, and which measures the speed of the
    /// machine.
    private static func warmUp(_ model: LoadedModel, _ served: ServedModel, _ engine: Engine) async throws {
        let kind: RowKind
        switch model.task {
        case .embedding: kind = .vector
        case .sparseEmbedding: kind = .sparseVector
        case .classification, .reranking: kind = .logits
        default: return
        }
        let encoding = try model.text.encode(
            String(repeating: "warm up ", count: min(64, model.text.maximumLength / 2)), parameter: nil)
        let row = Row(kind: kind, ids: encoding.ids, types: encoding.typeIDs)
        _ = try await engine.compute([row], on: model.computer, model: served.name)
    }

    /// Reloads the models from their files, one after the other. Requests are answered by the current models until
    /// then.
    ///
    /// - Returns: The names and errors of the models that can't be loaded. Their current versions stay in use.
    public func reload() async -> [(model: String, error: any Error)] {
        var failures: [(String, any Error)] = []
        library.forget()
        for served in shelf.models {
            do {
                try await served.reload()
                makeRoom(keeping: served)
            } catch { failures.append((served.name, error)) }
        }
        return failures
    }

    /// Refuses new requests. Accepted requests are still answered.
    public func drain() { isDraining.store(true, ordering: .releasing) }

    /// Stops the threads. Waiting requests fail with an error that the server is shutting down.
    public func close() {
        drain()
        engine.close()
    }

    /// Whether the service accepts requests: loading has been attempted for all models, at least one is loaded, and the
    /// service isn't draining.
    public var isReady: Bool {
        hasStarted.load(ordering: .acquiring) && !isDraining.load(ordering: .acquiring)
            && shelf.models.contains { $0.loaded != nil }
    }

    /// The number of requests in progress.
    public var inFlight: Int { requests.load(ordering: .relaxed) }

    /// The names of the models, in the given order.
    public var modelNames: [String] { shelf.models.map(\.name) }

    // MARK: Answering

    /// The result of checking the head of a request.
    public enum Verdict: Sendable {
        /// The request can be answered when its body has been read.
        case accepted(Acceptance)
        /// The response that refuses the request.
        case refused(WireResponse)
    }

    /// A request whose head is valid.
    public struct Acceptance: Sendable {
        let route: Route
        let target: Route.Target
    }

    /// Checks the head of a request before its body is read.
    public func verdict(on request: WireRequest) -> Verdict {
        do {
            let acceptance = try check(request)
            if !acceptance.route.isPublic, request.method != "OPTIONS" { try admit(inFlight + 1) }
            return .accepted(acceptance)
        } catch {
            return .refused(finished(wire(of: request).response(error), request, .now))
        }
    }

    /// Returns the response to a request. Errors are responses, too. If the head has been checked, the acceptance is
    /// its ``verdict(on:)``.
    public func respond(to request: WireRequest, _ acceptance: Acceptance? = nil) async -> WireResponse {
        let arrived = ContinuousClock.now
        let accepted: Acceptance
        do { accepted = try acceptance ?? check(request) } catch {
            return finished(answer(error, wire(of: request)), request, arrived)
        }
        let (route, target) = (accepted.route, accepted.target)
        if request.method == "OPTIONS" { return finished(preflight(request, target.routes), request, arrived) }
        let count = requests.add(1, ordering: .relaxed).newValue
        defer { requests.subtract(1, ordering: .relaxed) }
        do {
            if !route.isPublic { try admit(count) }
            let call = Call(
                service: self, request: request, arrived: arrived, model: target.model, argument: target.argument,
                priority: try Self.priority(request), deadline: try deadline(request, arrived))
            var response = try await route.handler(call)
            response.context.route = route.name
            return finished(response, request, arrived)
        } catch {
            return finished(answer(error, route.wire), request, arrived)
        }
    }

    /// Refuses a request if the service is draining, or if too many requests are in progress.
    ///
    /// - Parameter count: The number of requests in progress, including this one.
    private func admit(_ count: Int) throws(ServingError) {
        if isDraining.load(ordering: .acquiring) { throw .shuttingDown() }
        guard count <= options.maxConcurrentRequests else { throw .overloaded(retryAfter: engine.retryAfter) }
    }

    private func answer(_ error: any Error, _ wire: Wire) -> WireResponse {
        switch error {
        case let error as ServingError: return wire.response(error)
        case is CancellationError:
            // The client has disconnected, so nobody reads the response.
            var response = WireResponse(status: 499)
            response.closes = true
            response.context.failure = "dropped"
            return response
        default: return wire.response(.internalError("\(error)"))
        }
    }

    private static func priority(_ request: WireRequest) throws(ServingError) -> Priority {
        guard let text = request.header("x-priority") else { return .interactive }
        guard let number = Int(text) else {
            throw .invalid("x-priority", "expected an integer from 0 (highest priority), found \"\(text.prefix(40))\"")
        }
        return number <= 0 ? .interactive : .bulk
    }

    private func deadline(
        _ request: WireRequest, _ arrived: ContinuousClock.Instant
    ) throws(ServingError) -> ContinuousClock.Instant? {
        guard let text = request.header("x-request-timeout") else { return options.requestTimeout.map { arrived + $0 } }
        guard let seconds = Double(text), seconds > 0, seconds.isFinite else {
            throw .invalid("x-request-timeout", "expected a number of seconds above 0, found \"\(text.prefix(40))\"")
        }
        let own = arrived + .seconds(min(seconds, 1e9))
        return options.requestTimeout.map { min(arrived + $0, own) } ?? own
    }

    /// Adds the common headers to a response, and updates the metrics.
    func finished(
        _ response: WireResponse, _ request: WireRequest, _ arrived: ContinuousClock.Instant
    ) -> WireResponse {
        var response = response
        response.headers.append(("x-request-id", Self.requestID(request)))
        if let origin = request.header("origin"), let allowed = allowedOrigin(origin) {
            response.headers += [
                ("access-control-allow-origin", allowed), ("vary", "origin"),
                ("access-control-expose-headers", Self.exposedHeaders),
            ]
        }
        metrics.responded(response, after: response.context.model == nil ? 0 : (ContinuousClock.now - arrived).seconds)
        return response
    }

    private static let exposedHeaders =
        """
        x-request-id, retry-after, x-compute-type, x-compute-time, x-compute-characters, x-compute-tokens, \
        x-compute-layers, x-exit-layers
        """

    /// Returns the request id sent by the client if it is valid, or a new one.
    private static func requestID(_ request: WireRequest) -> String {
        for name in ["x-request-id", "x-amzn-trace-id"] {
            if let id = request.header(name), (1...128).contains(id.utf8.count),
                id.utf8.allSatisfy({ 0x21...0x7e ~= $0 })
            {
                return id
            }
        }
        return RequestID.next()
    }
}
