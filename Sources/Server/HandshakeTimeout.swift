#if Server
    import NIOCore
    import NIOTLS

    /// A handler that closes a connection whose TLS handshake takes too long.
    final class HandshakeTimeout: ChannelInboundHandler, RemovableChannelHandler {
        typealias InboundIn = NIOAny

        private let patience: TimeAmount
        private var timer: Scheduled<Void>?

        init(_ patience: TimeAmount) { self.patience = patience }

        func handlerAdded(context: ChannelHandlerContext) {
            let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
            timer = context.eventLoop.scheduleTask(in: patience) { bound.value.close(promise: nil) }
        }

        func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

        func channelInactive(context: ChannelHandlerContext) {
            timer?.cancel()
            context.fireChannelInactive()
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case .handshakeCompleted? = event as? TLSUserEvent { timer?.cancel() }
            context.fireUserInboundEventTriggered(event)
        }
    }
#endif
