#if Server
    public import BertServing
    import HTTPTypes
    public import Hummingbird
    import Logging
    import NIOCore

    /// The request context of the responder, which contains the connection of the request.
    public struct ServingContext: RequestContext {
        public var coreContext: CoreRequestContextStorage
        let channel: any Channel

        public init(source: Source) {
            coreContext = .init(source: source)
            channel = source.channel
        }
    }

    /// A responder that answers HTTP requests with a ``BertService``, in any Hummingbird application.
    public struct ServingResponder: HTTPResponder {
        public typealias Context = ServingContext

        private let service: BertService
        private let connections: Connections
        private let logsAccess: Bool
        private let tracing = TracingMiddleware<ServingContext>()

        /// Creates a responder for a custom application. A disconnected client is detected when the response is sent.
        public init(_ service: BertService) { self.init(service, Connections(), logsAccess: false) }

        init(_ service: BertService, _ connections: Connections, logsAccess: Bool) {
            self.service = service
            self.connections = connections
            self.logsAccess = logsAccess
        }

        /// Responds to a request in a span of the program's tracer, if it has one. The span in `traceparent` is its
        /// parent.
        public func respond(to request: Request, context: ServingContext) async throws -> Response {
            try await tracing.handle(request, context: context) { try await answered($0, $1) }
        }

        private func answered(_ request: Request, _ context: ServingContext) async throws -> Response {
            let started = ContinuousClock.now
            let answer = try await answer(to: request, context)
            if logsAccess || answer.status == 500 {
                let id = answer.headers.first { $0.name == "x-request-id" }?.value ?? ""
                context.logger.log(
                    level: answer.status == 500 ? .error : .notice, "\(request.method) \(request.uri.path)",
                    metadata: [
                        "request_id": "\(id)", "trace_id": "\(Self.traceID(request) ?? "")",
                        "status": "\(answer.status)",
                        "milliseconds": "\((ContinuousClock.now - started) / .milliseconds(1))",
                        "error":
                            "\(answer.status == 500 ? String(decoding: answer.body.prefix(500), as: UTF8.self) : "")",
                    ])
            }
            return response(answer, isHead: request.method == .head)
        }

        private func answer(to request: Request, _ context: ServingContext) async throws -> WireResponse {
            var wire = WireRequest(
                method: request.method.rawValue, target: request.head.path ?? "",
                headers: request.headers.map { ($0.name.rawName, $0.value) })
            if let authority = request.head.authority { wire.headers.append(("host", authority)) }
            if let refusal = service.refusal(of: wire) { return refusal }
            var body: [UInt8] = []
            if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > 0 {
                body.reserveCapacity(min(length, service.options.payloadLimit))
            }
            for try await buffer in request.body {
                guard body.count + buffer.readableBytes <= service.options.payloadLimit else {
                    return service.payloadTooLargeResponse(to: wire)
                }
                body.append(contentsOf: buffer.readableBytesView)
            }
            wire.body = body
            let work = Task { [wire, service] in await service.respond(to: wire) }
            let presence = connections.presence(of: context.channel)
            presence?.whenGone { work.cancel() }
            defer { presence?.stopWatching() }
            return await withTaskCancellationHandler {
                await work.value
            } onCancel: {
                work.cancel()
            }
        }

        /// Returns the trace id of a W3C `traceparent`, or nil if there is none, or if it is malformed.
        private static func traceID(_ request: Request) -> String? {
            guard let name = HTTPField.Name("traceparent"), let header = request.headers[name] else { return nil }
            let parts = header.split(separator: "-", omittingEmptySubsequences: false)
            guard parts.count >= 4, parts[0].utf8.count == 2, parts[1].utf8.count == 32, parts[2].utf8.count == 16,
                parts[0...3].allSatisfy({ $0.utf8.allSatisfy { 48...57 ~= $0 || 97...102 ~= $0 } }),
                parts[0] != "ff", parts[1].contains(where: { $0 != "0" }), parts[2].contains(where: { $0 != "0" })
            else { return nil }
            return String(parts[1])
        }

        private func response(_ answer: WireResponse, isHead: Bool) -> Response {
            var fields = HTTPFields()
            for (name, value) in answer.headers {
                if let name = HTTPField.Name(name) { fields.append(HTTPField(name: name, value: value)) }
            }
            if answer.closes { fields[.connection] = "close" }
            fields[.contentLength] = "\(answer.body.count)"
            let body =
                isHead || answer.body.isEmpty
                ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body))
            return Response(status: .init(code: answer.status), headers: fields, body: body)
        }
    }
#endif
