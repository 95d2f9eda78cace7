#if Server
    import BertServing
    import NIOCore
    import NIOHTTP1

    /// A handler for the parts of an HTTP/1.1 connection other than parsing. It detects clients that have disconnected
    /// or send too slowly, refuses invalid HTTP, sends "100 Continue" to clients that expect it, and closes the
    /// connection if either side requests it.
    final class ConnectionHandler: ChannelDuplexHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias InboundOut = HTTPServerRequestPart
        typealias OutboundIn = HTTPServerResponsePart
        typealias OutboundOut = HTTPServerResponsePart

        /// The timeouts of a connection.
        struct Patience: Sendable {
            var header: TimeAmount
            /// The time after which a body must be received at a rate of at least a kilobyte per second.
            var body = TimeAmount.seconds(10)
            /// The time after the last response during which received data is discarded, so that the client can read
            /// the response.
            var linger = TimeAmount.seconds(2)
            /// The time within which a client must read a part of a response.
            var reading = TimeAmount.seconds(30)
            /// The time after the start of a shutdown during which idle connections can still send a request.
            var farewell = TimeAmount.seconds(1)
        }

        private let patience: Patience
        /// Whether the client has disconnected, or is no longer served.
        private(set) var hasLeft = false
        /// Called as soon as the client has disconnected.
        var onLeave: (() -> Void)?
        private var isReadingHead = true
        /// Whether the head's first bytes have been received.
        private var hasBegun = false
        private var timer: Scheduled<Void>?
        private var bodyBytes = 0
        private var lastCheck = 0
        /// For each request without a complete response, whether its client keeps the connection alive.
        private var keepAlive: CircularBuffer<Bool> = []
        private var isAnswering = false
        /// Whether the current response is the last one.
        private var isLast = false
        /// Whether nothing further is sent.
        private(set) var isClosing = false
        /// Whether the server is shutting down.
        private var isEnding = false
        /// The timeout of a client that doesn't read its response.
        private var readingTimer: Scheduled<Void>?

        init(_ patience: Patience) { self.patience = patience }

        func handlerRemoved(context: ChannelHandlerContext) {
            timer?.cancel()
            readingTimer?.cancel()
        }

        func channelInactive(context: ChannelHandlerContext) {
            timer?.cancel()
            readingTimer?.cancel()
            leave()
            context.fireChannelInactive()
        }

        private func leave() {
            hasLeft = true
            onLeave?()
            onLeave = nil
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if let event = event as? ChannelEvent, event == .inputClosed {
                if isClosing { return context.close(promise: nil) }
                leave()
            }
            // The handler for idle connections would close the connection while a request may be on its way.
            if event is ChannelShouldQuiesceEvent { return end(context) }
            context.fireUserInboundEventTriggered(event)
        }

        /// Makes the next response the last one. Without a further request, the connection is closed shortly.
        private func end(_ context: ChannelHandlerContext) {
            isEnding = true
            let bound = context.loopBound(self)
            context.eventLoop.scheduleTask(in: patience.farewell) {
                let (handler, context) = bound.value
                // A request whose head has begun is still answered.
                let isIdle = handler.keepAlive.isEmpty && !handler.hasBegun
                guard isIdle, !handler.isClosing else { return }
                handler.isClosing = true
                handler.finish(context)
            }
        }

        func channelWritabilityChanged(context: ChannelHandlerContext) {
            readingTimer?.cancel()
            if !context.channel.isWritable { watchReading(context, Self.waitingBytes(context)) }
            context.fireChannelWritabilityChanged()
        }

        /// Closes the connection if the client reads nothing for too long while a response is waiting to be sent.
        private func watchReading(_ context: ChannelHandlerContext, _ before: Int) {
            let bound = context.loopBound(self)
            readingTimer = context.eventLoop.scheduleTask(in: patience.reading) {
                let (handler, context) = bound.value
                let waiting = Self.waitingBytes(context)
                guard waiting < before else { return context.close(promise: nil) }
                handler.watchReading(context, waiting)
            }
        }

        /// The number of bytes that wait to be sent.
        private static func waitingBytes(_ context: ChannelHandlerContext) -> Int {
            (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        }

        /// Notes that a head has begun.
        func bytesArrived() { if isReadingHead { hasBegun = true } }

        /// Starts the timeout of a head or body whose rest hasn't been received yet.
        func channelReadComplete(context: ChannelHandlerContext) {
            if timer == nil, !isClosing {
                if !isReadingHead { watchBody(context) } else if hasBegun { watchHead(context) }
            }
            context.fireChannelReadComplete()
        }

        private func watchHead(_ context: ChannelHandlerContext) {
            let promise = context.loopBound(self)
            timer = context.eventLoop.scheduleTask(in: patience.header) {
                let (handler, context) = promise.value
                handler.timer = nil
                guard handler.isReadingHead else { return }
                // While an earlier request is answered, nothing is read.
                guard handler.keepAlive.isEmpty else { return handler.watchHead(context) }
                handler.refuse(context, .requestTimeout, "the request header was received too slowly")
            }
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard !isClosing else { return }
            switch unwrapInboundIn(data) {
            case .head(let head):
                (isReadingHead, hasBegun) = (false, false)
                keepAlive.append(head.isKeepAlive)
                bodyBytes = 0
                lastCheck = 0
                timer?.cancel()
                timer = nil
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
                guard handler.keepAlive.count <= 1 else { return handler.watchBody(context) }
                let bytes = handler.bodyBytes - handler.lastCheck
                let seconds = Int(handler.patience.body.nanoseconds / 1_000_000_000)
                guard bytes >= 1000 * seconds else {
                    return handler.refuse(context, .requestTimeout, Self.slowBody)
                }
                handler.lastCheck = handler.bodyBytes
                handler.watchBody(context)
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            guard !isClosing else { return }
            switch error {
            case HTTPParserError.headerOverflow:
                refuse(context, .requestHeaderFieldsTooLarge, "the request header is too large")
            case is HTTPParserError, is NIOHTTPDecoderError:
                refuse(context, .badRequest, "the request is not HTTP/1.1: \(error)")
            default: context.close(promise: nil)
            }
        }

        /// Responds to a request that isn't processed further, and closes the connection.
        private func refuse(_ context: ChannelHandlerContext, _ status: HTTPResponseStatus, _ message: String) {
            guard !isClosing else { return }
            // Another response is being sent, or there is no request to respond to.
            guard !isAnswering, keepAlive.count <= 1 else {
                context.close(promise: nil)
                return
            }
            isClosing = true
            leave()
            let code = status == .requestTimeout ? "request_timeout" : "bad_request"
            let body = Self.refusal(code, message)
            var head = HTTPResponseHead(version: .http1_1, status: status)
            head.headers.add(name: "content-type", value: "application/json")
            head.headers.add(name: "content-length", value: "\(body.utf8.count)")
            head.headers.add(name: "connection", value: "close")
            head.headers.add(name: "x-request-id", value: RequestID.next())
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.write(
                wrapOutboundOut(.body(.byteBuffer(context.channel.allocator.buffer(string: body)))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            finish(context)
        }

        /// The message for a body that is received too slowly.
        static let slowBody = "the request body was received too slowly; send at least 1 kB/s"

        /// Returns the body of a refusal that doesn't belong to a route.
        static func refusal(_ code: String, _ message: String) -> String {
            let escaped = message.filter { $0 != "\"" && $0 != "\\" && $0.isASCII }
            return """
                {"error":{"message":"\(escaped)","type":"invalid_request_error","param":null,"code":"\(code)"}}
                """
        }

        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
            // A later response is discarded.
            guard !isClosing else {
                promise?.fail(ChannelError.ioOnClosedChannel)
                return
            }
            switch unwrapOutboundIn(data) {
            case .head(var head) where !head.status.isInformational:
                isAnswering = true
                let goesOn = (keepAlive.first ?? true) && !isEnding
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

        /// Closes the connection without losing sent data. Closing a socket with unread bytes would reset the
        /// connection.
        private func finish(_ context: ChannelHandlerContext) {
            timer?.cancel()
            let bound = context.loopBound(self)
            let isSent = context.eventLoop.makePromise(of: Void.self)
            isSent.futureResult.assumeIsolated().whenComplete { _ in
                let (handler, context) = bound.value
                handler.timer = context.eventLoop.scheduleTask(in: handler.patience.linger) {
                    bound.value.1.close(promise: nil)
                }
            }
            context.close(mode: .output, promise: isSent)
        }
    }

    extension HTTPResponseStatus {
        fileprivate var isInformational: Bool { (100..<200).contains(code) }
    }

    extension ChannelHandlerContext {
        /// Returns the handler and the context, for a closure that runs on the event loop.
        fileprivate func loopBound(
            _ handler: ConnectionHandler
        ) -> NIOLoopBound<(ConnectionHandler, ChannelHandlerContext)> {
            NIOLoopBound((handler, self), eventLoop: eventLoop)
        }
    }

    /// Notifies a connection's handler of received bytes, because it only receives parsed heads.
    final class BytesHandler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias InboundOut = ByteBuffer

        private let handler: ConnectionHandler

        init(_ handler: ConnectionHandler) { self.handler = handler }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            handler.bytesArrived()
            context.fireChannelRead(data)
        }
    }
#endif
