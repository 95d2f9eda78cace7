import BertCore

/// Checks that only need the head of a request.
extension BertService {
    func check(_ request: WireRequest) throws(ServingError) -> Acceptance {
        try checkHost(request)
        let target = try Route.find(request, shelf)
        let routes = target.routes
        guard let route = routes.first(where: { $0.accepts(request.method) }) else {
            if request.method == "OPTIONS", let route = routes.first {
                return Acceptance(route: route, target: target)
            }
            var error = ServingError(
                .methodNotAllowed,
                "\(target.path) supports \(routes.map(\.method).joined(separator: ", ")), not \(request.method.prefix(20))"
            )
            error.allowed = Route.methods(of: routes)
            throw error
        }
        if request.method == "OPTIONS" { return Acceptance(route: route, target: target) }
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
        return Acceptance(route: route, target: target)
    }

    /// Returns the response for a body that exceeds the limit.
    public func payloadTooLargeResponse(to request: WireRequest) -> WireResponse {
        finished(wire(of: request).response(payloadTooLarge()), request, .now)
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

    func allowedOrigin(_ origin: String) -> String? {
        if options.corsAllowOrigins.contains("*") { return "*" }
        return options.corsAllowOrigins.contains(origin) ? origin : nil
    }

    func preflight(_ request: WireRequest, _ routes: [Route]) -> WireResponse {
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

    func wire(of request: WireRequest) -> Wire { Route.wire(of: String(request.path), shelf) }
}
