import BertJSON

/// A path and a method with their handler.
struct Route: Sendable {
    let method: String
    /// The path or its pattern, for metrics.
    let name: String
    let wire: Wire
    var isPublic = false
    let handler: @Sendable (Call) async throws -> WireResponse

    func accepts(_ method: String) -> Bool { method == self.method || method == "HEAD" && self.method == "GET" }

    /// The methods that routes of one path accept.
    static func methods(of routes: [Route]) -> [String] {
        routes.map(\.method) + (routes.contains { $0.method == "GET" } ? ["HEAD"] : []) + ["OPTIONS"]
    }

    /// The routes and the model of a path.
    struct Target: Sendable {
        let path: String
        let routes: [Route]
        var model: ServedModel?
        var argument = ""
    }

    /// Returns the routes of a request's path.
    ///
    /// - Throws: ``ServingError`` with code `notFound` or `modelNotFound`.
    static func find(_ request: WireRequest, _ shelf: ModelShelf) throws(ServingError) -> Target {
        guard request.target.hasPrefix("/"), var path = String(percentDecoding: request.path) else {
            throw ServingError(.notFound, "the request target is not a path")
        }
        while path.utf8.count > 1, path.hasSuffix("/") { path.removeLast() }
        if let routes = table[path] { return Target(path: path, routes: routes) }
        if let rest = path.removing(prefix: "/v1/models/") {
            return Target(path: path, routes: modelCard, argument: rest)
        }
        if let rest = path.removing(prefix: "/v2/models/") { return try kserve(path, rest, shelf) }
        if let rest = path.removing(prefix: "/v2/repository/models/") { return try repository(path, rest) }
        if let rest = path.removing(prefix: "/pipeline/") { return try pipeline(path, rest, shelf) }
        if let rest = path.removing(prefix: "/models/") {
            guard let (model, rest) = shelf.model(inPath: rest) else {
                _ = try shelf.model(rest)
                throw ServingError(.notFound, "there is no resource \(path.prefix(120))")
            }
            if rest.isEmpty { return Target(path: path, routes: ownModel, model: model, argument: model.name) }
            if let task = rest.removing(prefix: "/pipeline/") {
                return Target(path: path, routes: pipelines, model: model, argument: task)
            }
            if let routes = table[rest] { return Target(path: path, routes: routes, model: model) }
        }
        throw ServingError(
            .notFound, "there is no resource \(path.prefix(120)); GET /openapi.json lists all resources")
    }

    /// Returns the error format of a path, before it has been resolved.
    static func wire(of path: String, _ shelf: ModelShelf) -> Wire {
        guard var path = String(percentDecoding: path) else { return .textEmbeddings }
        if let rest = path.removing(prefix: "/models/") {
            guard let (_, rest) = shelf.model(inPath: rest), !rest.isEmpty, !rest.hasPrefix("/pipeline/") else {
                return .huggingFace
            }
            path = rest
        }
        if let route = table[path]?.first { return route.wire }
        if path.hasPrefix("/v1/") || path == "/v1" { return .openAI }
        if path.hasPrefix("/v2/") { return .kserve }
        if path.hasPrefix("/pipeline/") { return .huggingFace }
        return .textEmbeddings
    }

    private static func kserve(_ path: String, _ rest: String, _ shelf: ModelShelf) throws(ServingError) -> Target {
        var (name, tail) = (rest, "")
        for suffix in ["/infer", "/ready"] where name.hasSuffix(suffix) {
            name.removeLast(suffix.count)
            tail = suffix
            break
        }
        if let (model, rest) = shelf.model(inPath: name), let version = rest.removing(prefix: "/versions/") {
            guard version == "1" else {
                throw ServingError(
                    .notFound, "the model \"\(model.name)\" has version 1, not \"\(version.prefix(40))\"")
            }
            name = model.name
        }
        let routes =
            switch tail {
            case "/infer":
                [Route(method: "POST", name: "/v2/models/{model}/infer", wire: .kserve, handler: KServe.infer)]
            case "/ready":
                [Route(method: "GET", name: "/v2/models/{model}/ready", wire: .kserve, handler: KServe.modelReady)]
            default: [Route(method: "GET", name: "/v2/models/{model}", wire: .kserve, handler: KServe.model)]
            }
        return Target(path: path, routes: routes, model: nil, argument: name)
    }

    private static func repository(_ path: String, _ rest: String) throws(ServingError) -> Target {
        for (suffix, routes) in repositoryRoutes where rest.hasSuffix(suffix) {
            return Target(path: path, routes: routes, argument: String(rest.dropLast(suffix.count)))
        }
        throw ServingError(.notFound, "there is no resource \(path.prefix(120)); it ends with /load or /unload")
    }

    private static let repositoryRoutes: [(suffix: String, routes: [Route])] = [
        ("/load", "load", ModelRepository.load), ("/unload", "unload", ModelRepository.unload),
    ].map { suffix, name, handler in
        (
            suffix,
            [Route(method: "POST", name: "/v2/repository/models/{model}/\(name)", wire: .kserve, handler: handler)]
        )
    }

    private static func pipeline(_ path: String, _ rest: String, _ shelf: ModelShelf) throws(ServingError) -> Target {
        guard let slash = rest.firstIndex(of: "/") else { return Target(path: path, routes: pipelines, argument: rest) }
        let model = try shelf.model(String(rest[rest.index(after: slash)...]))
        return Target(path: path, routes: pipelines, model: model, argument: String(rest[..<slash]))
    }

    private static let modelCard = [
        Route(method: "GET", name: "/v1/models/{model}", wire: .openAI, handler: OpenAI.model)
    ]
    private static let ownModel = [
        Route(method: "POST", name: "/models/{model}", wire: .huggingFace, handler: HuggingFace.own),
        Route(method: "GET", name: "/models/{model}", wire: .huggingFace, handler: OpenAI.model),
    ]
    private static let pipelines = [
        Route(method: "POST", name: "/pipeline/{task}", wire: .huggingFace, handler: HuggingFace.pipeline)
    ]

    /// The routes of paths without variable parts.
    static let table: [String: [Route]] = {
        var table: [String: [Route]] = [:]
        func add(
            _ method: String, _ paths: [String], _ wire: Wire, isPublic: Bool = false,
            _ handler: @escaping @Sendable (Call) async throws -> WireResponse
        ) {
            for path in paths {
                table[path, default: []].append(
                    Route(method: method, name: path, wire: wire, isPublic: isPublic, handler: handler))
            }
        }
        add("GET", ["/"], .textEmbeddings, isPublic: true, Operations.root)
        add("GET", ["/health", "/ping", "/health/ready"], .textEmbeddings, isPublic: true, Operations.health)
        add("GET", ["/health/live"], .textEmbeddings, isPublic: true, Operations.live)
        add("GET", ["/metrics"], .textEmbeddings, isPublic: true, Operations.metrics)
        add("GET", ["/docs"], .textEmbeddings, isPublic: true, Operations.page)
        add("GET", ["/openapi.json", "/api-doc/openapi.json"], .textEmbeddings, isPublic: true, Operations.openAPI)
        add("POST", ["/v1/embeddings", "/embeddings"], .openAI, OpenAI.embeddings)
        add("GET", ["/v1/models", "/models"], .openAI, OpenAI.models)
        add("POST", ["/v1/classify", "/classify"], .openAI, OpenAI.classify)
        add("GET", ["/info"], .textEmbeddings, TextEmbeddings.info)
        add("POST", ["/embed"], .textEmbeddings, TextEmbeddings.embed)
        add("POST", ["/embed_all"], .textEmbeddings, TextEmbeddings.embedAll)
        add("POST", ["/embed_sparse"], .textEmbeddings, TextEmbeddings.embedSparse)
        add("POST", ["/similarity"], .textEmbeddings, TextEmbeddings.similarity)
        add("POST", ["/predict"], .textEmbeddings, TextEmbeddings.predict)
        add("POST", ["/rerank"], .textEmbeddings, TextEmbeddings.rerank)
        add("POST", ["/tokenize"], .textEmbeddings, TextEmbeddings.tokenize)
        add("POST", ["/decode"], .textEmbeddings, TextEmbeddings.decode)
        add("POST", ["/", "/invocations"], .textEmbeddings, TextEmbeddings.own)
        add("POST", ["/v1/rerank", "/v1/reranking", "/reranking"], .rerank, Reranking.first)
        add("POST", ["/v2/rerank"], .rerank, Reranking.second)
        add("GET", ["/v2"], .kserve, KServe.server)
        add("POST", ["/v2/repository/index"], .kserve, ModelRepository.index)
        add("GET", ["/v2/health/live"], .kserve, isPublic: true, KServe.live)
        add("GET", ["/v2/health/ready"], .kserve, isPublic: true, KServe.ready)
        return table
    }()
}

extension String {
    /// Returns the rest after a prefix, or nil if the string doesn't start with it.
    func removing(prefix: String) -> String? { hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil }
}
