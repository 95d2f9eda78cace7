#if Server
    import HummingbirdCore
    import Logging
    import NIOCore
    import NIOExtras
    import NIOPosix
    import ServiceLifecycle

    /// A service that accepts connections at an address or on an existing socket until graceful shutdown, and then
    /// waits for the requests in progress.
    struct Listener: Service {
        /// The source of connections.
        enum Source: Sendable {
            case address(ServerConfiguration.Address)
            /// The descriptor of a listening socket.
            case descriptor(CInt)
        }

        let source: Source
        let channel: ServingChannel
        /// The maximum number of open connections. Further connections wait.
        let maxConnections: Int
        let logger: Logger
        /// Called with the address as soon as connections are accepted.
        let onListening: @Sendable (SocketAddress?) -> Void

        func run() async throws {
            let group = Loops.group
            let quiescing = ServerQuiescingHelper(group: group)
            let bootstrap = ServerBootstrap(group: group)
                .serverChannelOption(.backlog, value: 1024)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.allowRemoteHalfClosure, value: true)
                // Each connection keeps a buffer, so most have a small one.
                .childChannelOption(
                    .recvAllocator,
                    value: AdaptiveRecvByteBufferAllocator(minimum: 256, initial: 256, maximum: 65_536)
                )
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
            // Completed when all connections are closed after the start of a shutdown.
            let ended = server.channel.eventLoop.makePromise(of: Void.self)
            await withGracefulShutdownHandler {
                onListening(server.channel.localAddress)
                await withDiscardingTaskGroup { tasks in
                    do {
                        try await server.executeThenClose { connections in
                            for try await connection in connections where connection.needsTask {
                                tasks.addTask { await channel.handle(value: connection, logger: logger) }
                            }
                        }
                    } catch { logger.error("no more connections are accepted", metadata: ["error": "\(error)"]) }
                }
                await withTaskCancellationHandler {
                    _ = try? await ended.futureResult.get()
                } onCancel: {
                    ended.fail(CancellationError())
                }
            } onGracefulShutdown: {
                quiescing.initiateShutdown(promise: ended)
            }
        }
    }
#endif
