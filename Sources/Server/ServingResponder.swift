#if Server
    public import BertServing
    import HTTPTypes
    public import Hummingbird
    import Instrumentation
    import Logging
    import NIOCore
    import NIOHTTP1
    import NIOHTTPTypesHTTP1

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
        private let logger: Logger
        private let logsAccess: Bool
        private let tracing = TracingMiddleware<ServingContext>()
        let streams = Streams()

        /// Creates a responder for a custom application. A disconnected client is detected when the response is sent.
        public init(_ service: BertService) {
            self.init(service, Logger(label: "bert.serve"), logsAccess: false)
        }

        init(_ service: BertService, _ logger: Logger, logsAccess: Bool) {
            self.service = service
            self.logger = logger
            self.logsAccess = logsAccess
        }

        /// The maximum size of a body in bytes.
        var payloadLimit: Int { service.options.payloadLimit }

        /// Responds to a request in a span of the program's tracer, if it has one. The span in `traceparent` is its
        /// parent.
        public func respond(to request: Request, context: ServingContext) async throws -> Response {
            try await tracing.handle(request, context: context) { request, context in
                let started = ContinuousClock.now
                let wire = Self.wire(request.head)
                let answer = try await answer(to: request, wire, context)
                log(wire, answer, started)
                return Self.response(answer, isHead: request.method == .head)
            }
        }

        private func answer(
            to request: Request, _ wire: WireRequest, _ context: ServingContext
        ) async throws -> WireResponse {
            var wire = wire
            let acceptance: BertService.Acceptance
            switch service.verdict(on: wire) {
            case .refused(let refusal): return refusal
            case .accepted(let accepted): acceptance = accepted
            }
            if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > 0 {
                wire.body.reserveCapacity(min(length, payloadLimit))
            }
            for try await buffer in request.body {
                guard wire.body.count + buffer.readableBytes <= payloadLimit else {
                    return service.payloadTooLargeResponse(to: wire)
                }
                wire.body.append(contentsOf: buffer.readableBytesView)
            }
            // The work is canceled if the client disconnects.
            let work = Task { [wire, service] in await service.respond(to: wire, acceptance) }
            let presence = streams.presence(of: context.channel)
            presence?.whenGone { work.cancel() }
            defer { presence?.stopWatching() }
            return await withTaskCancellationHandler {
                await work.value
            } onCancel: {
                work.cancel()
            }
        }

        // MARK: HTTP/1.1

        /// The value of the header `Server`.
        static let name = "bert"

        /// Checks the head of a request.
        func verdict(on request: WireRequest) -> BertService.Verdict {
            let verdict = service.verdict(on: request)
            if case .refused(let response) = verdict { log(request, response, .now) }
            return verdict
        }

        /// Returns the response to a request whose body exceeds the limit.
        func payloadTooLarge(_ request: WireRequest) -> WireResponse {
            let response = service.payloadTooLargeResponse(to: request)
            log(request, response, .now)
            return response
        }

        /// Returns the response to a complete request whose head was accepted.
        func response(
            to request: WireRequest, _ head: HTTPRequestHead, _ acceptance: BertService.Acceptance,
            on channel: any Channel
        ) async -> WireResponse {
            let started = ContinuousClock.now
            let response = await traced(request, head, acceptance, channel)
            log(request, response, started)
            return response
        }

        private func traced(
            _ request: WireRequest, _ head: HTTPRequestHead, _ acceptance: BertService.Acceptance,
            _ channel: any Channel
        ) async -> WireResponse {
            // Without a tracer, the attributes of the span would be computed for nothing.
            guard !(InstrumentationSystem.instrument is NoOpInstrument),
                let head = try? HTTPRequest(head, secure: false, splitCookie: false)
            else { return await service.respond(to: request, acceptance) }
            var answer = WireResponse(status: 500)
            let spanned = Request(head: head, body: RequestBody(buffer: ByteBuffer()))
            _ = try? await tracing.handle(spanned, context: context(channel)) { _, _ in
                answer = await service.respond(to: request, acceptance)
                return Self.response(answer, isHead: head.method == .head)
            }
            return answer
        }

        func context(_ channel: any Channel) -> ServingContext {
            ServingContext(source: ApplicationRequestContextSource(channel: channel, logger: logger))
        }

        // MARK: Conversion and logging

        private func log(_ request: WireRequest, _ answer: WireResponse, _ started: ContinuousClock.Instant) {
            guard logsAccess || answer.status == 500 else { return }
            let id = answer.headers.first { $0.name == "x-request-id" }?.value ?? ""
            logger.log(
                level: answer.status == 500 ? .error : .notice,
                "\(request.method) \(request.target.prefix { $0 != "?" })",
                metadata: [
                    "request_id": "\(id)", "trace_id": "\(Self.traceID(request) ?? "")",
                    "status": "\(answer.status)",
                    "milliseconds": "\((ContinuousClock.now - started) / .milliseconds(1))",
                    "error": "\(answer.status == 500 ? String(decoding: answer.body.prefix(500), as: UTF8.self) : "")",
                ])
        }

        private static func wire(_ head: HTTPRequest) -> WireRequest {
            var wire = WireRequest(
                method: head.method.rawValue, target: head.path ?? "",
                headers: head.headerFields.map { ($0.name.rawName, $0.value) })
            if let authority = head.authority { wire.headers.append(("host", authority)) }
            return wire
        }

        private static func response(_ answer: WireResponse, isHead: Bool) -> Response {
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

        /// Returns the trace id of a W3C `traceparent`, or nil if there is none, or if it is malformed.
        private static func traceID(_ request: WireRequest) -> String? {
            guard let header = request.header("traceparent") else { return nil }
            let parts = header.split(separator: "-", omittingEmptySubsequences: false)
            guard parts.count >= 4, parts[0].utf8.count == 2, parts[1].utf8.count == 32, parts[2].utf8.count == 16,
                parts[0...3].allSatisfy({ $0.utf8.allSatisfy { 48...57 ~= $0 || 97...102 ~= $0 } }),
                parts[0] != "ff", parts[1].contains(where: { $0 != "0" }), parts[2].contains(where: { $0 != "0" })
            else { return nil }
            return String(parts[1])
        }
    }
#endif
