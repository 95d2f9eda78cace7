#if Server
    import NIOCore

    /// A handler that announces the shutdown of an HTTP/2 connection after its open streams have been answered.
    ///
    /// Some clients (httpx) give up the requests that they wait for as soon as they receive GOAWAY, although the server
    /// would still answer them.
    final class ShutdownDelay: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        /// The time after which a connection is shut down although it has open streams, for example because the client
        /// always opens further ones.
        private static let limit = TimeAmount.seconds(10)

        private let streams: Streams

        init(_ streams: Streams) { self.streams = streams }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            guard event is ChannelShouldQuiesceEvent else { return context.fireUserInboundEventTriggered(event) }
            wait(context, until: .now() + Self.limit)
        }

        private func wait(_ context: ChannelHandlerContext, until deadline: NIODeadline) {
            guard streams.isOpen(context.channel), NIODeadline.now() < deadline else {
                return context.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
            }
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            context.eventLoop.scheduleTask(in: .milliseconds(20)) {
                let (handler, context) = bound.value
                if context.channel.isActive { handler.wait(context, until: deadline) }
            }
        }
    }
#endif
