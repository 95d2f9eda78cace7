#if Server
    import HummingbirdCore
    import Logging
    import NIOCore
    import NIOExtras
    import NIOPosix
    import ServiceLifecycle

    /// Accepts connections at an address, or at a socket that somebody else opened, until it is told to end; then it waits
    /// for the requests that are here.
    struct Listener: Service {
        /// Where connections come from.
        enum Source: Sendable {
            case address(ServerConfiguration.Address)
            /// The number of a descriptor of a socket that listens already.
            case descriptor(CInt)
        }

        let source: Source
        let channel: ServingChannel
        /// The most connections that are open at a time; further ones wait.
        let maxConnections: Int
        let logger: Logger
        /// Told the address as soon as connections are accepted.
        let onListening: @Sendable (SocketAddress?) -> Void

        func run() async throws {
            let group = MultiThreadedEventLoopGroup.singleton
            let quiescing = ServerQuiescingHelper(group: group)
            let bootstrap = ServerBootstrap(group: group)
                .serverChannelOption(.backlog, value: 1024)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.allowRemoteHalfClosure, value: true)
                .serverChannelInitializer { [maxConnections] server in
                    server.eventLoop.makeCompletedFuture {
                        let pipeline = server.pipeline.syncOperations
                        try pipeline.addHandler(AvailableConnectionsChannelHandler(maxConnections: maxConnections))
                        try pipeline.addHandler(quiescing.makeServerChannelHandler(channel: server))
                    }
                }
            let setup: @Sendable (any Channel) -> EventLoopFuture<ServingChannel.Value> = { [channel, logger] in
                channel.setup(channel: $0, logger: logger)
            }
            let server =
                switch source {
                case .address(.host(let host, let port)):
                    try await bootstrap.bind(host: host, port: port, childChannelInitializer: setup)
                case .address(.unixSocket(let path)):
                    try await bootstrap.bind(
                        unixDomainSocketPath: path, cleanupExistingSocketFile: true, childChannelInitializer: setup)
                case .descriptor(let descriptor):
                    try await bootstrap.bind(descriptor, childChannelInitializer: setup)
                }
            await withGracefulShutdownHandler {
                onListening(server.channel.localAddress)
                await withDiscardingTaskGroup { tasks in
                    do {
                        try await server.executeThenClose { connections in
                            for try await connection in connections {
                                tasks.addTask { await channel.handle(value: connection, logger: logger) }
                            }
                        }
                    } catch { logger.error("no connection is accepted any more", metadata: ["error": "\(error)"]) }
                }
            } onGracefulShutdown: {
                quiescing.initiateShutdown(promise: nil)
            }
        }
    }
#endif
