#if Server
    import BertServing
    import NIOCore
    import NIOHTTP1

    /// What a connection needs beyond parsing: it notices a caller that has gone or sends too slowly, answers what is no
    /// HTTP, says "go on" to callers that ask first, and closes when either side wants to.
    final class ConnectionHandler: ChannelDuplexHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias InboundOut = HTTPServerRequestPart
        typealias OutboundIn = HTTPServerResponsePart
        typealias OutboundOut = HTTPServerResponsePart

        /// How patient it is.
        struct Patience: Sendable {
            var header: TimeAmount
            /// After this long a body has to bring a kilobyte a second.
            var body = TimeAmount.seconds(10)
            /// How long what a caller still sends is thrown away after the last answer, so that it can read that.
            var linger = TimeAmount.seconds(2)
        }

        private let patience: Patience
        private let connections: Connections
        private var presence: ClientPresence?
        private var isReadingHead = true
        private var timer: Scheduled<Void>?
        private var bodyBytes = 0
        private var lastCheck = 0
        /// For each request that has no whole answer yet, whether its caller wants to go on afterwards.
        private var keepAlive: CircularBuffer<Bool> = []
        private var isAnswering = false
        /// Whether the answer that is being written is the last.
        private var isLast = false
        private var isClosing = false

        init(_ patience: Patience, _ connections: Connections) {
            self.patience = patience
            self.connections = connections
        }

        func handlerAdded(context: ChannelHandlerContext) { presence = connections.add(context.channel) }

        func handlerRemoved(context: ChannelHandlerContext) {
            timer?.cancel()
            connections.remove(context.channel)
        }

        func channelInactive(context: ChannelHandlerContext) {
            timer?.cancel()
            presence?.leave()
            connections.remove(context.channel)
            context.fireChannelInactive()
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if let event = event as? ChannelEvent, event == .inputClosed {
                if isClosing { return context.close(promise: nil) }
                presence?.leave()
            }
            context.fireUserInboundEventTriggered(event)
        }

        /// Bytes have come that may be the first of a head.
        func bytesArrived(_ context: ChannelHandlerContext) {
            guard isReadingHead, timer == nil, !isClosing else { return }
            let promise = context.loopBound(self)
            timer = context.eventLoop.scheduleTask(in: patience.header) {
                let (handler, context) = promise.value
                handler.timer = nil
                guard handler.isReadingHead else { return }
                handler.refuse(context, .requestTimeout, "the head of the request came too slowly")
            }
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard !isClosing else { return }
            switch unwrapInboundIn(data) {
            case .head(let head):
                isReadingHead = false
                keepAlive.append(head.isKeepAlive)
                bodyBytes = 0
                lastCheck = 0
                timer?.cancel()
                watchBody(context)
                if head.headers[canonicalForm: "expect"].contains(where: { $0.lowercased() == "100-continue" }),
                    !isAnswering, keepAlive.count == 1
                {
                    context.writeAndFlush(
                        wrapOutboundOut(.head(HTTPResponseHead(version: head.version, status: .continue))), promise: nil
                    )
                }
            case .body(let buffer): bodyBytes += buffer.readableBytes
            case .end:
                timer?.cancel()
                timer = nil
                isReadingHead = true
            }
            context.fireChannelRead(data)
        }

        private func watchBody(_ context: ChannelHandlerContext) {
            let bound = context.loopBound(self)
            timer = context.eventLoop.scheduleTask(in: patience.body) {
                let (handler, context) = bound.value
                let bytes = handler.bodyBytes - handler.lastCheck
                let seconds = Int(handler.patience.body.nanoseconds / 1_000_000_000)
                guard bytes >= 1000 * seconds else {
                    return handler.refuse(
                        context, .requestTimeout, "the body of the request came too slowly; send at least 1 kB a second"
                    )
                }
                handler.lastCheck = handler.bodyBytes
                handler.watchBody(context)
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            guard !isClosing else { return }
            switch error {
            case HTTPParserError.headerOverflow:
                refuse(context, .requestHeaderFieldsTooLarge, "the head of the request is too large")
            case is HTTPParserError, is NIOHTTPDecoderError:
                refuse(context, .badRequest, "the request is not HTTP/1.1: \(error)")
            default: context.close(promise: nil)
            }
        }

        /// Answers a request that goes no further, and closes.
        private func refuse(_ context: ChannelHandlerContext, _ status: HTTPResponseStatus, _ message: String) {
            guard !isClosing else { return }
            // Somebody else's answer is under way, or there is nothing to answer.
            guard !isAnswering, keepAlive.count <= 1 else {
                context.close(promise: nil)
                return
            }
            isClosing = true
            presence?.leave()
            let code = status == .requestTimeout ? "request_timeout" : "bad_request"
            let escaped = message.filter { $0 != "\"" && $0 != "\\" && $0.isASCII }
            let body = """
                {"error":{"message":"\(escaped)","type":"invalid_request_error","param":null,"code":"\(code)"}}
                """
            var head = HTTPResponseHead(version: .http1_1, status: status)
            head.headers.add(name: "content-type", value: "application/json")
            head.headers.add(name: "content-length", value: "\(body.utf8.count)")
            head.headers.add(name: "connection", value: "close")
            head.headers.add(name: "x-request-id", value: RequestID.random())
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.write(
                wrapOutboundOut(.body(.byteBuffer(context.channel.allocator.buffer(string: body)))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            finish(context)
        }

        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
            // An answer that comes after ours is nobody's.
            guard !isClosing else {
                promise?.fail(ChannelError.ioOnClosedChannel)
                return
            }
            switch unwrapOutboundIn(data) {
            case .head(var head) where !head.status.isInformational:
                isAnswering = true
                let goesOn = keepAlive.first ?? true
                isLast = !goesOn || head.headers[canonicalForm: "connection"].contains { $0.lowercased() == "close" }
                head.headers.replaceOrAdd(name: "connection", value: isLast ? "close" : "keep-alive")
                context.write(wrapOutboundOut(.head(head)), promise: promise)
            case .end(let trailers):
                isAnswering = false
                if !keepAlive.isEmpty { keepAlive.removeFirst() }
                guard isLast else {
                    context.write(wrapOutboundOut(.end(trailers)), promise: promise)
                    return
                }
                isClosing = true
                context.writeAndFlush(wrapOutboundOut(.end(trailers)), promise: promise)
                finish(context)
            default: context.write(data, promise: promise)
            }
        }

        /// Closes without losing what was written: a socket that is closed with bytes unread resets the connection.
        private func finish(_ context: ChannelHandlerContext) {
            timer?.cancel()
            context.close(mode: .output, promise: nil)
            let bound = context.loopBound(self)
            timer = context.eventLoop.scheduleTask(in: patience.linger) { bound.value.1.close(promise: nil) }
        }
    }

    extension HTTPResponseStatus {
        fileprivate var isInformational: Bool { (100..<200).contains(code) }
    }

    extension ChannelHandlerContext {
        /// Both, for a closure that runs on the event loop.
        fileprivate func loopBound(
            _ handler: ConnectionHandler
        ) -> NIOLoopBound<(ConnectionHandler, ChannelHandlerContext)> {
            NIOLoopBound((handler, self), eventLoop: eventLoop)
        }
    }

    /// Tells a connection's handler, which sees parsed heads alone, of the bytes that come.
    final class BytesHandler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias InboundOut = ByteBuffer

        private let handler: ConnectionHandler
        private var context: ChannelHandlerContext?

        init(_ handler: ConnectionHandler) { self.handler = handler }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            if let own = try? context.pipeline.syncOperations.context(handler: handler) { handler.bytesArrived(own) }
            context.fireChannelRead(data)
        }
    }
#endif
