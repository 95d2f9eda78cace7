#if Server
    import HTTPTypes
    import Hummingbird
    import HummingbirdCore
    import HummingbirdHTTP2
    import Logging
    import NIOCore
    import NIOHTTP1
    import NIOHTTP2
    import NIOHTTPTypes
    import NIOHTTPTypesHTTP1
    import NIOSSL

    /// The handlers of a connection: HTTP/1.1, or over TLS either HTTP/2 or HTTP/1.1, depending on the client's
    /// preference.
    struct ServingChannel: ServerChildChannel {
        /// An accepted connection.
        struct Value: ServerChildChannelValue {
            let channel: any Channel
            fileprivate let connection: Connection
        }

        fileprivate enum Connection: Sendable {
            case open(HTTP1.Value)
            case negotiating(EventLoopFuture<NIONegotiatedHTTPVersion<HTTP1.Value, HTTP2Channel.Value>>)
        }

        private let certificates: Certificates?
        private let http1: HTTP1
        private let http2: HTTP2Channel

        /// - Parameters:
        ///   - certificates: The certificates for encryption, or nil for none.
        ///   - idleTimeout: The timeout of idle connections.
        init(
            _ certificates: Certificates?, _ connections: Connections, idleTimeout: Duration,
            patience: ConnectionHandler.Patience, responder: @escaping HTTPChannelHandler.Responder
        ) {
            self.certificates = certificates
            http1 = HTTP1(responder: responder, connections: connections, idleTimeout: idleTimeout, patience: patience)
            http2 = HTTP2Channel(
                responder: responder,
                configuration: .init(
                    idleTimeout: idleTimeout, gracefulCloseTimeout: .seconds(30),
                    streamConfiguration: .init(
                        additionalChannelHandlers: [StreamHandler(patience, connections)])))
        }

        func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
            guard let certificates else {
                return http1.setup(channel: channel, logger: logger).map {
                    Value(channel: channel, connection: .open($0))
                }
            }
            return channel.eventLoop.makeCompletedFuture {
                let pipeline = channel.pipeline.syncOperations
                try pipeline.addHandler(NIOSSLServerHandler(context: certificates.context))
                try pipeline.addHandler(HandshakeTimeout(http1.patience.header))
            }.flatMap { [http1, http2] in
                channel.configureHTTP2AsyncSecureUpgrade {
                    http1.setup(channel: $0, logger: logger)
                } http2ConnectionInitializer: {
                    http2.setup(channel: $0, logger: logger)
                }
            }.map { Value(channel: channel, connection: .negotiating($0)) }
        }

        func handle(value: Value, logger: Logger) async {
            switch value.connection {
            case .open(let connection): await http1.handle(value: connection, logger: logger)
            case .negotiating(let version):
                // A failed handshake has closed the connection.
                switch try? await version.get() {
                case .http1_1(let connection): await http1.handle(value: connection, logger: logger)
                case .http2(let connection): await http2.handle(value: connection, logger: logger)
                case nil: logger.debug("a connection was closed during its TLS handshake")
                }
            }
        }
    }

    /// The handlers of an HTTP/1.1 connection.
    struct HTTP1: HTTPChannelHandler {
        typealias Value = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

        let responder: HTTPChannelHandler.Responder
        let connections: Connections
        let idleTimeout: Duration
        let patience: ConnectionHandler.Patience

        func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
            channel.eventLoop.makeCompletedFuture {
                var limits = NIOHTTPDecoderLimitConfiguration()
                limits.maxHeaderFieldSize = 32 << 10
                limits.maxHeaderListSize = 32 << 10
                limits.maxHeaderFieldCount = 100
                let handler = ConnectionHandler(patience, connections)
                let pipeline = channel.pipeline.syncOperations
                try pipeline.addHandler(BytesHandler(handler))
                try pipeline.configureHTTPServerPipeline(
                    withPipeliningAssistance: false, withErrorHandling: false, withOutboundHeaderValidation: false,
                    withEncoderConfiguration: .init(), withDecoderLimitConfiguration: limits)
                try pipeline.addHandler(handler)
                try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: false))
                try pipeline.addHandler(HTTPConnectionStateHandler(idleTimeout: idleTimeout, logger: logger))
                return try NIOAsyncChannel(
                    wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
            }
        }

        func handle(value: Value, logger: Logger) async { await handleHTTP(asyncChannel: value, logger: logger) }
    }
#endif
