import BertJSON

/// Routes for operators and browsers.
enum Operations {
    /// `GET /`: the web page for browsers, and the health state for other clients.
    static func root(_ call: Call) async throws -> WireResponse {
        if (call.request.header("accept") ?? "").contains("text/html") { return try await page(call) }
        return call.service.isReady ? .text("") : try await health(call)
    }

    /// `GET /health`
    static func health(_ call: Call) async throws -> WireResponse {
        guard call.service.isReady else {
            var response = WireResponse.json(
                Array("{\"error\":\"unhealthy\",\"error_type\":\"Unhealthy\"}".utf8), status: 503)
            response.headers.append(("retry-after", "1"))
            return response
        }
        return WireResponse()
    }

    /// `GET /health/live`
    static func live(_ call: Call) async throws -> WireResponse { WireResponse() }

    /// `GET /metrics`
    static func metrics(_ call: Call) async throws -> WireResponse {
        .text(call.service.metricsText(), type: "text/plain; version=0.0.4; charset=utf-8")
    }

    /// `GET /docs`, and `/` for browsers.
    static func page(_ call: Call) async throws -> WireResponse { Page.response }

    /// `GET /openapi.json`
    static func openAPI(_ call: Call) async throws -> WireResponse {
        .json(OpenAPI.document(version: call.options.version).serializedBytes())
    }
}
