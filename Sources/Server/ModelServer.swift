#if Server
    import BertCore
    public import BertServing
    import Hummingbird
    import HummingbirdCore
    import Logging
    import NIOCore
    import ServiceLifecycle
    import Synchronization
    import UnixSignals

    #if canImport(Glibc)
        import Glibc
    #elseif canImport(Musl)
        import Musl
    #elseif canImport(Darwin)
        import Darwin
    #endif

    /// A ``BertService`` over HTTP.
    public struct ModelServer: Sendable {
        private let service: BertService
        private let configuration: ServerConfiguration

        /// Makes a server; nothing listens before it runs.
        public init(_ service: BertService, configuration: ServerConfiguration = ServerConfiguration()) {
            self.service = service
            self.configuration = configuration
        }

        /// Listens, loads the models, and answers until SIGTERM or SIGINT; then it takes no more, finishes what is here and
        /// returns. SIGHUP loads the models anew.
        ///
        /// - Parameter onEvent: what happens that a person at the terminal wants to know.
        /// - Throws: `BertError` if the address can't be listened at.
        public func run(onEvent: @escaping @Sendable (Event) -> Void = { _ in }) async throws {
            signal(SIGPIPE, SIG_IGN)
            raiseDescriptorLimit()
            let connections = Connections()
            let configuration = configuration
            let patience = ConnectionHandler.Patience(header: TimeAmount(configuration.headerTimeout))
            let address: BindAddress =
                switch configuration.address {
                case .host(let host, let port): .hostname(host, port: port)
                case .unixSocket(let path): .unixDomainSocket(path: path)
                }
            var quiet = configuration.logger
            quiet.logLevel = max(configuration.logger.logLevel, .warning)
            let application = Application(
                responder: ServingResponder(service, connections, logsAccess: configuration.logsAccess),
                server: HTTPServerBuilder { responder in
                    ServingChannel(
                        responder: responder, connections: connections, idleTimeout: configuration.idleTimeout,
                        patience: patience)
                },
                configuration: ApplicationConfiguration(
                    address: address, serverName: "bert", backlog: 1024,
                    availableConnectionsDelegate: MaximumAvailableConnections(configuration.maxConnections)),
                onServerRunning: { [service] channel in
                    let place = Self.place(of: channel, configuration.address)
                    if let file = configuration.portFile, let port = channel.localAddress?.port {
                        Self.write("\(port)\n", to: file)
                    }
                    onEvent(.listening(place))
                    Task {
                        onEvent(.loaded(failures: await service.start()))
                        ServiceManager.notify("READY=1")
                    }
                },
                logger: configuration.logger)
            var group = ServiceGroupConfiguration(
                services: [application, Reloading(service: service, onEvent: onEvent)],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet)
            group.maximumGracefulShutdownDuration = configuration.gracePeriod
            defer {
                ServiceManager.notify("STOPPING=1")
                service.close()
            }
            do { try await ServiceGroup(configuration: group).run() } catch let error as IOError {
                throw BertError(
                    .invalidArgument,
                    """
                    can't listen on \(configuration.address): \(String(cString: strerror(error.errnoCode))); use another \
                    address or port
                    """)
            }
            onEvent(.ended)
        }

        /// What happens that a person at the terminal wants to know.
        public enum Event: Sendable {
            /// It listens at this address.
            case listening(String)
            /// Loading is complete, except for the failed models.
            case loaded(failures: [(model: String, error: any Error)])
            /// The models were loaded anew; these can't be, and stay as they were.
            case reloaded(failures: [(model: String, error: any Error)])
            /// It has ended.
            case ended
        }

        private static func place(of channel: any Channel, _ address: ServerConfiguration.Address) -> String {
            switch address {
            case .unixSocket(let path): return "unix:\(path)"
            case .host(let host, let port):
                let name = host.contains(":") ? "[\(host)]" : host
                return "http://\(name):\(channel.localAddress?.port ?? port)"
            }
        }

        /// Whole or not at all, so that nobody reads half a number.
        private static func write(_ text: String, to path: String) {
            let temporary = path + ".new"
            guard let file = fopen(temporary, "w") else { return }
            fputs(text, file)
            fclose(file)
            rename(temporary, path)
        }

        /// Raises the limit of open files to the maximum that the system permits.
        private func raiseDescriptorLimit() {
            var limit = rlimit()
            #if canImport(Glibc)
                let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
            #else
                let resource = RLIMIT_NOFILE
            #endif
            guard getrlimit(resource, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
            limit.rlim_cur = limit.rlim_max
            setrlimit(resource, &limit)
        }
    }

    /// Loads the models anew on SIGHUP.
    private struct Reloading: Service {
        let service: BertService
        let onEvent: @Sendable (ModelServer.Event) -> Void

        func run() async throws {
            let signals = await UnixSignalsSequence(trapping: .sighup)
            for await _ in signals.cancelOnGracefulShutdown() {
                onEvent(.reloaded(failures: await service.reload()))
            }
        }
    }
#endif
