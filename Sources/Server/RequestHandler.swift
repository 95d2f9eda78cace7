#if Server
    import BertServing
    import NIOCore
    import NIOHTTP1

    /// The last handler of an HTTP/1.1 connection. It collects the body of a request, has a task answer it, and sends
    /// the response before it continues with the next request. An idle connection has no task and no buffer, so that
    /// ten thousand of them need little memory.
    final class RequestHandler: ChannelDuplexHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias InboundOut = HTTPServerRequestPart
        typealias OutboundIn = HTTPServerResponsePart
        typealias OutboundOut = HTTPServerResponsePart

        /// A request whose body is being received.
        private final class Incoming {
            var request: WireRequest
            let head: HTTPRequestHead
            let acceptance: BertService.Acceptance

            init(_ request: WireRequest, _ head: HTTPRequestHead, _ acceptance: BertService.Acceptance) {
                self.request = request
                self.head = head
                self.acceptance = acceptance
            }
        }

        private enum State {
            /// Waits for a head.
            case idle
            case collecting(Incoming)
            case answering
            /// Discards the body of a request that was refused.
            case discarding
        }

        /// The maximum size of a body whose request is answered on the event loop. The JSON of larger ones takes so
        /// long that other connections would wait.
        private static let shortBody = 16_384

        private let responder: ServingResponder
        private let connection: ConnectionHandler
        private let idleConnections: IdleConnections
        private var context: ChannelHandlerContext?
        private var state = State.idle
        /// The parts that were received while a request was answered.
        private var waiting: CircularBuffer<HTTPServerRequestPart>?
        private var isReadDelayed = false
        private var isInputClosed = false
        private var lastUse = NIODeadline.now()

        init(_ responder: ServingResponder, _ connection: ConnectionHandler, _ idleConnections: IdleConnections) {
            self.responder = responder
            self.connection = connection
            self.idleConnections = idleConnections
        }

        private var isAnswering: Bool { if case .answering = state { true } else { false } }

        func handlerAdded(context: ChannelHandlerContext) {
            self.context = context
            idleConnections.add(self)
        }

        func handlerRemoved(context: ChannelHandlerContext) {
            idleConnections.remove(self)
            self.context = nil
        }

        func channelInactive(context: ChannelHandlerContext) {
            waiting = nil
            context.fireChannelInactive()
        }

        /// Closes the connection, unless a request is being answered or was received after a point in time.
        func close(ifIdleSince limit: NIODeadline) {
            if !isAnswering, lastUse <= limit { context?.close(promise: nil) }
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if let event = event as? ChannelEvent, event == .inputClosed {
                isInputClosed = true
                if !isAnswering { context.close(promise: nil) }
            }
            context.fireUserInboundEventTriggered(event)
        }

        /// Whether the next request must wait for the response to the current one, or for the client to read responses.
        private func isBusy(_ context: ChannelHandlerContext) -> Bool {
            switch state {
            case .idle: !context.channel.isWritable
            case .answering: true
            case .collecting, .discarding: false
            }
        }

        /// Meanwhile, the client's next requests stay in the system's buffer.
        func read(context: ChannelHandlerContext) {
            if isBusy(context) { isReadDelayed = true } else { context.read() }
        }

        func channelWritabilityChanged(context: ChannelHandlerContext) {
            if context.channel.isWritable { proceed(context) }
            context.fireChannelWritabilityChanged()
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let part = unwrapInboundIn(data)
            guard waiting == nil, !isBusy(context) else {
                if waiting == nil { waiting = CircularBuffer(initialCapacity: 2) }
                waiting?.append(part)
                return
            }
            receive(part, context)
        }

        private func receive(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
            lastUse = .now()
            switch (part, state) {
            case (.head(let head), _):
                var request = WireRequest(
                    method: head.method.rawValue, target: head.uri, headers: head.headers.map { ($0.name, $0.value) })
                switch responder.verdict(on: request) {
                case .refused(let refusal):
                    state = .discarding
                    send(refusal, to: request, context)
                case .accepted(let acceptance):
                    let length = request.header("content-length").flatMap { Int($0) } ?? 0
                    request.body.reserveCapacity(min(max(length, 0), responder.payloadLimit))
                    state = .collecting(Incoming(request, head, acceptance))
                }
            case (.body(let buffer), .collecting(let incoming)):
                guard incoming.request.body.count + buffer.readableBytes <= responder.payloadLimit else {
                    state = .discarding
                    return send(responder.payloadTooLarge(incoming.request), to: incoming.request, context)
                }
                incoming.request.body.append(contentsOf: buffer.readableBytesView)
            case (.end, .collecting(let incoming)):
                answer(incoming.request, incoming.head, incoming.acceptance, context)
            case (.end, _): state = .idle
            case (.body, _): break
            }
        }

        private func answer(
            _ request: WireRequest, _ head: HTTPRequestHead, _ acceptance: BertService.Acceptance,
            _ context: ChannelHandlerContext
        ) {
            state = .answering
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            let channel = context.channel
            let executor = request.body.count <= Self.shortBody ? Loops.executor(of: context.eventLoop) : nil
            let task = Task(executorPreference: executor) { [responder] in
                let response = await responder.response(to: request, head, acceptance, on: channel)
                channel.eventLoop.execute {
                    let (handler, context) = bound.value
                    handler.connection.onLeave = nil
                    handler.state = .idle
                    handler.lastUse = .now()
                    handler.send(response, to: request, context)
                    handler.proceed(context)
                }
            }
            if connection.hasLeft { task.cancel() } else { connection.onLeave = { task.cancel() } }
        }

        private func send(_ response: WireResponse, to request: WireRequest, _ context: ChannelHandlerContext) {
            var headers = HTTPHeaders()
            headers.reserveCapacity(response.headers.count + 4)
            for (name, value) in response.headers { headers.add(name: name, value: value) }
            if response.closes { headers.add(name: "connection", value: "close") }
            headers.add(name: "content-length", value: "\(response.body.count)")
            headers.add(name: "server", value: ServingResponder.name)
            headers.add(name: "date", value: HTTPDate.now)
            let status = HTTPResponseStatus(statusCode: response.status)
            let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            if !response.body.isEmpty, request.method != "HEAD" {
                context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: response.body)))), promise: nil)
            }
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }

        /// Continues with the parts that are already here, and then with those in the system's buffer.
        private func proceed(_ context: ChannelHandlerContext) {
            while !isBusy(context), !connection.isClosing, let part = waiting?.popFirst() { receive(part, context) }
            guard !isBusy(context) else { return }
            waiting = nil
            if isInputClosed, !connection.isClosing {
                // The response is sent first.
                let isSent = context.eventLoop.makePromise(of: Void.self)
                let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
                isSent.futureResult.whenComplete { _ in bound.value.close(promise: nil) }
                return context.close(mode: .output, promise: isSent)
            }
            if isReadDelayed {
                isReadDelayed = false
                context.read()
            }
        }
    }
#endif
