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
    private let startTime = ProcessFacts.now
    private let keys: [[UInt8]]

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
        shelf = try ModelShelf(
            sources.map { source in
                ServedModel(source) { source in
                    try LoadedModel(source.files(), on: backend("bert serve"), pooling: pooling, isSplade: isSplade)
                }
            }, aliases: options.aliases)
        // Invalid settings are errors now, not in the first request.
        let threadCount = try BertEnvironment.process.threadCount()
        engine = try Engine(
            workers: options.workers ?? min(2, threadCount), budget: options.maxBatchTokens,
            capacity: options.maxQueueTokens, metrics: metrics)
        threads = ComputeThreads(options.tokenizationWorkers)
        keys = options.apiKeys.map { Array($0.utf8) }
    }

    /// Loads the models. If a model can't be loaded, requests to it are answered with the error.
    ///
    /// - Returns: The names and errors of the models that can't be loaded.
    @discardableResult
    public func start() async -> [(model: String, error: any Error)] {
        let failures = await withTaskGroup(of: (Int, (String, any Error)?).self) { group in
            for (place, served) in shelf.models.enumerated() {
                group.addTask { [engine] in
                    do {
                        let model = try await served.get()
                        try await Self.warmUp(model, served, engine)
                        return (place, nil)
                    } catch {
                        return (place, (served.name, error))
                    }
                }
            }
            var failures: [(Int, (model: String, error: any Error))] = []
            for await (place, failure) in group { if let failure { failures.append((place, failure)) } }
            return failures.sorted { $0.0 < $1.0 }.map(\.1)
        }
        if let budget = options.memoryBudget, let first = shelf.models.first { makeRoom(budget, keeping: first) }
        hasStarted.store(true, ordering: .releasing)
        return failures
    }

    /// Returns a model, and loads it if necessary. Other models are unloaded to stay within the memory budget.
    func load(_ served: ServedModel) async throws -> LoadedModel {
        let model = try await served.get()
        if let budget = options.memoryBudget { makeRoom(budget, keeping: served) }
        return model
    }

    private func makeRoom(_ budget: Int, keeping kept: ServedModel) {
        func isLoaded(_ served: ServedModel) -> Bool { if case .loaded = served.state { true } else { false } }
        var total = shelf.models.reduce(0) { $0 + ($1.loaded?.memory ?? 0) }
        let others = shelf.models.filter { $0 !== kept && isLoaded($0) }.sorted { $0.lastUse < $1.lastUse }
        for other in others where total > budget {
            total -= other.loaded?.memory ?? 0
            other.unload()
            metrics.count("bert_model_unloads_total", ["model": other.name])
            ProcessFacts.giveMemoryBack()
        }
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
        for served in shelf.models {
            do { try await served.reload() } catch { failures.append((served.name, error)) }
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

    /// Checks the head of a request before its body is read. Returns a response that refuses the request, or nil to
    /// accept it.
    public func refusal(of request: WireRequest) -> WireResponse? {
        do {
            let (route, _) = try check(request)
            if !route.isPublic, request.method != "OPTIONS" { try admit(inFlight + 1) }
            return nil
        } catch {
            return finished(wire(of: request).response(error), request, .now)
        }
    }

    /// Returns the response to a request. Errors are responses, too.
    public func respond(to request: WireRequest) async -> WireResponse {
        let arrived = ContinuousClock.now
        var wire = wire(of: request)
        do {
            let (route, target) = try check(request)
            wire = route.wire
            if request.method == "OPTIONS" { return finished(preflight(request, target.routes), request, arrived) }
            let count = requests.add(1, ordering: .relaxed).newValue
            defer { requests.subtract(1, ordering: .relaxed) }
            if !route.isPublic { try admit(count) }
            let call = Call(
                service: self, request: request, arrived: arrived, model: target.model, argument: target.argument,
                priority: try Self.priority(request), deadline: try deadline(request, arrived))
            var response = try await route.handler(call)
            response.context.route = route.name
            return finished(response, request, arrived)
        } catch {
            return finished(answer(error, wire), request, arrived)
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
    private func finished(
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
        let context = response.context
        metrics.count(
            "bert_requests_total",
            [
                "model": context.model ?? "", "task": context.task ?? "", "route": context.route ?? "",
                "status": "\(response.status)",
            ])
        if context.model != nil {
            metrics.count("te_request_count", ["method": "batch"])
            metrics.count("te_request_success", ["method": "batch"])
            let seconds = (ContinuousClock.now - arrived).seconds
            metrics.observe("te_request_duration", seconds)
            switch context.task {
            case "feature-extraction", "sentence-similarity", ServedTask.sparseEmbedding.rawValue:
                metrics.count("te_embed_count")
                metrics.count("te_embed_success")
                metrics.observe("te_embed_duration", seconds)
            case "text-classification":
                metrics.count("te_predict_count")
                metrics.count("te_predict_success")
                metrics.observe("te_predict_duration", seconds)
            default: break
            }
        }
        if let failure = context.failure, failure != "dropped" {
            metrics.count("te_request_failure", ["err": Self.failureName(failure)])
        }
        return response
    }

    /// Returns the name of an error in text-embeddings-inference.
    private static func failureName(_ code: String) -> String {
        switch code {
        case "overloaded": "overloaded"
        case "tokenizer_error": "tokenization"
        case "too_many_inputs": "batch_size"
        case "unsupported_task": "model_type"
        case "internal", "backend_unavailable", "loading_failed", "deadline_exceeded": "inference"
        default: "validation"
        }
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
        return RequestID.random()
    }

    // MARK: Checks by the head

    private func check(_ request: WireRequest) throws(ServingError) -> (Route, Route.Target) {
        try checkHost(request)
        let target = try Route.find(request, shelf)
        let routes = target.routes
        guard let route = routes.first(where: { $0.accepts(request.method) }) else {
            if request.method == "OPTIONS", let route = routes.first { return (route, target) }
            var error = ServingError(
                .methodNotAllowed,
                "\(target.path) supports \(routes.map(\.method).joined(separator: ", ")), not \(request.method.prefix(20))"
            )
            error.allowed = Route.methods(of: routes)
            throw error
        }
        if request.method == "OPTIONS" { return (route, target) }
        if !(route.isPublic && (route.name != "/metrics" || options.hasPublicMetrics)) { try checkKey(request) }
        if route.method == "POST" {
            if route.wire != .kserve { try checkContentType(request) }
            if let text = request.header("content-encoding"), text.lowercased() != "identity" {
                throw ServingError(
                    .unsupportedMediaType,
                    "the content encoding \"\(text.prefix(40))\" is not supported; send the body uncompressed")
            }
            if let length = request.header("content-length").flatMap({ Int($0) }), length > options.payloadLimit {
                throw payloadTooLarge()
            }
        }
        return (route, target)
    }

    /// Returns the response for a body that exceeds the limit.
    public func payloadTooLargeResponse(to request: WireRequest) -> WireResponse {
        finished(wire(of: request).response(payloadTooLarge()), request, .now)
    }

    /// Returns the response for a body that is received too slowly.
    public func timeoutResponse(to request: WireRequest) -> WireResponse {
        finished(
            wire(of: request).response(
                ServingError(.requestTimeout, "the body was received too slowly; send at least 1 kB/s")),
            request, .now)
    }

    private func payloadTooLarge() -> ServingError {
        ServingError(
            .payloadTooLarge,
            "the body exceeds the limit of \(options.payloadLimit) bytes (--payload-limit); send fewer texts per request"
        )
    }

    private func checkHost(_ request: WireRequest) throws(ServingError) {
        guard let allowed = options.allowedHosts else { return }
        let host = request.header("host") ?? ""
        if allowed.contains(host) { return }
        var name = host.lowercased()
        if name.hasPrefix("[") {
            name = String(name.prefix { $0 != "]" }) + "]"
        } else if let colon = name.lastIndex(of: ":") {
            name = String(name[..<colon])
        }
        guard allowed.contains(name) || allowed.contains(host.lowercased()) else {
            throw ServingError(
                .forbiddenHost,
                """
                this server only accepts the hosts \(allowed.joined(separator: ", ")), not \
                "\(host.prefix(80))"; allow another with --allowed-host
                """)
        }
    }

    private func checkKey(_ request: WireRequest) throws(ServingError) {
        guard !keys.isEmpty else { return }
        var given = request.header("x-api-key")
        if let authorization = request.header("authorization") {
            let isBearer = authorization.lowercased().hasPrefix("bearer ")
            given = isBearer ? String(authorization.dropFirst(7).drop { $0 == " " }) : authorization
        }
        let bytes = Array((given ?? "").utf8)
        // All keys are compared completely.
        var matches = false
        for key in keys where Self.isEqual(key, bytes) { matches = true }
        guard matches, given != nil else {
            throw ServingError(
                .unauthorized,
                given == nil
                    ? "this server requires an API key: send Authorization: Bearer KEY"
                    : "the API key is invalid")
        }
    }

    /// Compares keys in constant time.
    private static func isEqual(_ key: [UInt8], _ given: [UInt8]) -> Bool {
        var difference = UInt8(key.count == given.count ? 0 : 1)
        for (index, byte) in key.enumerated() { difference |= byte ^ (index < given.count ? given[index] : ~byte) }
        return difference == 0
    }

    private func checkContentType(_ request: WireRequest) throws(ServingError) {
        let type = request.header("content-type") ?? ""
        if type == "application/json" { return }
        let essence = type.prefix { $0 != ";" }.lowercased().filter { $0 != " " && $0 != "\t" }
        guard essence == "application/json" || essence.hasSuffix("+json") && essence.hasPrefix("application/") else {
            throw ServingError(
                .unsupportedMediaType,
                type.isEmpty
                    ? "the request has no content type; send Content-Type: application/json"
                    : "the content type is \"\(type.prefix(80))\"; send application/json (curl: -H 'Content-Type: application/json')"
            )
        }
    }

    private func allowedOrigin(_ origin: String) -> String? {
        if options.corsAllowOrigins.contains("*") { return "*" }
        return options.corsAllowOrigins.contains(origin) ? origin : nil
    }

    private func preflight(_ request: WireRequest, _ routes: [Route]) -> WireResponse {
        var response = WireResponse(status: 204)
        response.headers.append(("allow", Route.methods(of: routes).joined(separator: ", ")))
        guard let origin = request.header("origin"), allowedOrigin(origin) != nil else { return response }
        response.headers += [
            ("access-control-allow-methods", "GET, POST, OPTIONS"),
            ("access-control-allow-headers", "authorization, content-type, x-api-key, x-request-id, traceparent"),
            ("access-control-max-age", "600"),
        ]
        return response
    }

    private func wire(of request: WireRequest) -> Wire { Route.wire(of: String(request.path), shelf) }

    // MARK: Information for operators

    func metricsText() -> String {
        var gauges: [Metrics.Gauge] = [
            .init("te_queue_size", [:], Double(engine.waitingRows)),
            .init("bert_inflight_requests", [:], Double(inFlight)),
            .init("process_resident_memory_bytes", [:], Double(ProcessFacts.residentBytes)),
            .init("process_cpu_seconds_total", [:], ProcessFacts.cpuSeconds, isCounter: true),
            .init("process_start_time_seconds", [:], startTime),
            .init("process_open_fds", [:], Double(ProcessFacts.openDescriptors)),
            .init("bert_queue_tokens", [:], Double(engine.waitingTokens)),
        ]
        for served in shelf.models {
            let current = served.state.name
            for state in ServedModel.State.names {
                gauges.append(
                    .init("bert_model_state", ["model": served.name, "state": state], state == current ? 1 : 0))
            }
            gauges.append(
                .init("bert_model_loads_total", ["model": served.name], Double(served.loads), isCounter: true))
            if let model = served.loaded {
                gauges.append(.init("bert_model_memory_bytes", ["model": served.name], Double(model.memory)))
            }
        }
        if let backend = shelf.models.lazy.compactMap(\.loaded).first?.backend {
            gauges.append(
                .init("bert_build_info", ["version": options.version, "backend": backend.nameAndVersion], 1))
        }
        return metrics.text(gauges: gauges)
    }
}
