#if Server
    import BertServing
    import HTTPTypes
    import NIOCore
    import NIOHTTPTypes

    /// A handler for the parts of an HTTP/2 stream other than parsing. It detects clients that have disconnected or
    /// send too slowly, and ends a stream whose body isn't read.
    final class StreamHandler: ChannelDuplexHandler, RemovableChannelHandler {
        typealias InboundIn = HTTPRequestPart
        typealias InboundOut = HTTPRequestPart
        typealias OutboundIn = HTTPResponsePart
        typealias OutboundOut = HTTPResponsePart

        private let patience: ConnectionHandler.Patience
        private let streams: Streams
        private var presence: ClientPresence?
        private var timer: Scheduled<Void>?
        private var bodyBytes = 0
        private var lastCheck = 0
        private var isReadingBody = true
        private var isAnswering = false
        private var isDone = false

        init(_ patience: ConnectionHandler.Patience, _ streams: Streams) {
            self.patience = patience
            self.streams = streams
        }

        func handlerAdded(context: ChannelHandlerContext) {
            presence = streams.add(context.channel)
            watchBody(context)
        }

        func handlerRemoved(context: ChannelHandlerContext) {
            timer?.cancel()
            streams.remove(context.channel)
        }

        func channelInactive(context: ChannelHandlerContext) {
            timer?.cancel()
            presence?.leave()
            streams.remove(context.channel)
            context.fireChannelInactive()
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            presence?.leave()
            context.close(promise: nil)
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head: break
            case .body(let buffer): bodyBytes += buffer.readableBytes
            case .end:
                isReadingBody = false
                timer?.cancel()
            }
            context.fireChannelRead(data)
        }

        private func watchBody(_ context: ChannelHandlerContext) {
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            timer = context.eventLoop.scheduleTask(in: patience.body) {
                let (handler, context) = bound.value
                let bytes = handler.bodyBytes - handler.lastCheck
                let seconds = Int(handler.patience.body.nanoseconds / 1_000_000_000)
                guard bytes >= 1000 * seconds else { return handler.refuse(context) }
                handler.lastCheck = handler.bodyBytes
                handler.watchBody(context)
            }
        }

        /// Responds to a body that is received too slowly, and ends the stream.
        private func refuse(_ context: ChannelHandlerContext) {
            presence?.leave()
            guard !isAnswering, !isDone else { return context.close(promise: nil) }
            isDone = true
            let body = ConnectionHandler.refusal("request_timeout", ConnectionHandler.slowBody)
            var head = HTTPResponse(status: .requestTimeout)
            head.headerFields[.contentType] = "application/json"
            head.headerFields[.contentLength] = "\(body.utf8.count)"
            if let name = HTTPField.Name("x-request-id") { head.headerFields[name] = RequestID.next() }
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.write(
                wrapOutboundOut(.body(context.channel.allocator.buffer(string: body))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            closeLater(context)
        }

        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
            // A later response is discarded.
            guard !isDone else {
                promise?.fail(ChannelError.ioOnClosedChannel)
                return
            }
            switch unwrapOutboundIn(data) {
            case .head(var head) where head.status.kind != .informational:
                isAnswering = true
                // A stream has no connection headers (RFC 9113, section 8.2.2).
                head.headerFields[.connection] = nil
                context.write(wrapOutboundOut(.head(head)), promise: promise)
            case .end(let trailers):
                isDone = true
                context.write(wrapOutboundOut(.end(trailers)), promise: promise)
                if isReadingBody { closeLater(context) }
            default: context.write(data, promise: promise)
            }
        }

        /// Ends the stream after the client has had time to read the response.
        private func closeLater(_ context: ChannelHandlerContext) {
            timer?.cancel()
            let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
            timer = context.eventLoop.scheduleTask(in: patience.linger) { bound.value.close(promise: nil) }
        }
    }
#endif
