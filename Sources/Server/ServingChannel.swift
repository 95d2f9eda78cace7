#if Server
    import HTTPTypes
    import Hummingbird
    import HummingbirdCore
    import HummingbirdHTTP2
    import Logging
    import NIOCore
    import NIOHTTP1
    import NIOHTTP2
    import NIOSSL

    /// The handlers of a connection: HTTP/1.1, or over TLS either HTTP/2 or HTTP/1.1, depending on the client's
    /// preference.
    struct ServingChannel: ServerChildChannel {
        /// An accepted connection.
        struct Value: ServerChildChannelValue {
            let channel: any Channel
            fileprivate let connection: Connection

            /// Whether the connection must be handled by a task.
            var needsTask: Bool { if case .open = connection { false } else { true } }
        }

        fileprivate enum Connection: Sendable {
            /// HTTP/1.1, which needs no task.
            case open
            case negotiating(EventLoopFuture<NIONegotiatedHTTPVersion<Void, HTTP2Channel.Value>>)
        }

        private let certificates: Certificates?
        private let http1: HTTP1
        private let http2: HTTP2Channel
        private let streams: Streams

        /// - Parameters:
        ///   - certificates: The certificates for encryption, or nil for none.
        ///   - idleTimeout: The timeout of idle connections.
        init(
            _ certificates: Certificates?, _ responder: ServingResponder, idleTimeout: Duration,
            patience: ConnectionHandler.Patience
        ) {
            self.certificates = certificates
            streams = responder.streams
            http1 = HTTP1(responder, idleTimeout: TimeAmount(idleTimeout), patience)
            http2 = HTTP2Channel(
                responder: { request, writer, channel in
                    var response = try await responder.respond(to: request, context: responder.context(channel))
                    response.headers[.server] = ServingResponder.name
                    response.headers[.date] = HTTPDate.now
                    try await writer.write(response: response.head, body: response.body)
                },
                configuration: .init(
                    idleTimeout: idleTimeout, gracefulCloseTimeout: .seconds(30),
                    streamConfiguration: .init(
                        additionalChannelHandlers: [StreamHandler(patience, responder.streams)])))
        }

        func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
            guard let certificates else {
                return http1.setup(channel).map { Value(channel: channel, connection: .open) }
            }
            return channel.eventLoop.makeCompletedFuture {
                let pipeline = channel.pipeline.syncOperations
                try pipeline.addHandler(NIOSSLServerHandler(context: certificates.context))
                try pipeline.addHandler(HandshakeTimeout(http1.patience.header))
                try pipeline.addHandler(ShutdownDelay(streams))
            }.flatMap { [http1, http2] in
                channel.configureHTTP2AsyncSecureUpgrade {
                    http1.setup($0)
                } http2ConnectionInitializer: {
                    http2.setup(channel: $0, logger: logger)
                }
            }.map { Value(channel: channel, connection: .negotiating($0)) }
        }

        func handle(value: Value, logger: Logger) async {
            switch value.connection {
            case .open: break
            case .negotiating(let version):
                // A failed handshake has closed the connection.
                switch try? await version.get() {
                case .http1_1: break
                case .http2(let connection): await http2.handle(value: connection, logger: logger)
                case nil: logger.debug("a connection was closed during its TLS handshake")
                }
            }
        }
    }

    /// The handlers of an HTTP/1.1 connection.
    struct HTTP1: Sendable {
        private let responder: ServingResponder
        let patience: ConnectionHandler.Patience
        /// The connections of each event loop.
        private let idleConnections: [ObjectIdentifier: IdleConnections]

        init(_ responder: ServingResponder, idleTimeout: TimeAmount, _ patience: ConnectionHandler.Patience) {
            self.responder = responder
            self.patience = patience
            idleConnections = Loops.forEach { IdleConnections($0, timeout: idleTimeout) }
        }

        func setup(_ channel: any Channel) -> EventLoopFuture<Void> {
            channel.eventLoop.makeCompletedFuture {
                var limits = NIOHTTPDecoderLimitConfiguration()
                limits.maxHeaderFieldSize = 32 << 10
                limits.maxHeaderListSize = 32 << 10
                limits.maxHeaderFieldCount = 100
                guard let idleConnections = idleConnections[ObjectIdentifier(channel.eventLoop)] else {
                    preconditionFailure("connections belong to the server's event loops")
                }
                let handler = ConnectionHandler(patience)
                let pipeline = channel.pipeline.syncOperations
                try pipeline.addHandler(BytesHandler(handler))
                try pipeline.configureHTTPServerPipeline(
                    withPipeliningAssistance: false, withErrorHandling: false, withOutboundHeaderValidation: false,
                    withEncoderConfiguration: .init(), withDecoderLimitConfiguration: limits)
                try pipeline.addHandler(handler)
                try pipeline.addHandler(RequestHandler(responder, handler, idleConnections))
            }
        }
    }
#endif
