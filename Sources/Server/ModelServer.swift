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

    /// A server for a ``BertService`` over HTTP or HTTPS.
    public struct ModelServer: Sendable {
        private let service: BertService
        private let configuration: ServerConfiguration
        private let certificates: Certificates?

        /// Creates a server. It doesn't listen until it runs.
        ///
        /// - Throws: `BertError` for an invalid certificate or key, with its file.
        public init(_ service: BertService, configuration: ServerConfiguration = ServerConfiguration()) throws {
            self.service = service
            self.configuration = configuration
            certificates = try configuration.tls.map { try Certificates($0) }
        }

        /// Listens, loads the models, and responds to requests until SIGTERM or SIGINT. It then accepts no further
        /// requests, completes the current ones, and returns. SIGHUP reloads the certificate and the models.
        ///
        /// - Parameter onEvent: Called with events for the user at the terminal.
        /// - Throws: `BertError` if the server can't listen at the address.
        public func run(onEvent: @escaping @Sendable (Event) -> Void = { _ in }) async throws {
            signal(SIGPIPE, SIG_IGN)
            let descriptors = raiseDescriptorLimit()
            let sockets = try ServiceManager.takeSockets()
            var quiet = configuration.logger
            quiet.logLevel = max(configuration.logger.logLevel, .warning)
            let channel = channel()
            let isLoading = Atomic<Bool>(false)
            let onListening: @Sendable (SocketAddress?) -> Void = { address in
                if let file = configuration.portFile, let port = address?.port { Self.write("\(port)\n", to: file) }
                onEvent(.listening(place(address)))
                // With several sockets, loading starts after the first one.
                guard !isLoading.exchange(true, ordering: .relaxed) else { return }
                Task { [service] in
                    onEvent(.loaded(failures: await service.start()))
                    ServiceManager.notify("READY=1")
                }
            }
            let sources: [Listener.Source] =
                sockets.isEmpty ? [.address(configuration.address)] : sockets.map { .descriptor($0) }
            let listeners = sources.map { source in
                Listener(
                    source: source, channel: channel,
                    maxConnections: max(1, min(configuration.maxConnections, (descriptors - 64) / sources.count)),
                    logger: configuration.logger, onListening: onListening)
            }
            var group = ServiceGroupConfiguration(
                services: listeners as [any Service] + [
                    Reloading(service: service, certificates: certificates, onEvent: onEvent)
                ], gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet)
            group.maximumGracefulShutdownDuration = configuration.gracePeriod
            defer {
                ServiceManager.notify("STOPPING=1")
                service.close()
            }
            do { try await ServiceGroup(configuration: group).run() } catch let error as IOError {
                throw unusable(String(cString: strerror(error.errnoCode)))
            } catch let error as SocketAddressError { throw unusable("\(error)") }
            onEvent(.ended)
        }

        private func unusable(_ reason: String) -> BertError {
            BertError(
                .invalidArgument,
                "can't listen on \(configuration.address): \(reason); use another address or port")
        }

        /// Returns the handlers of a connection.
        private func channel() -> ServingChannel {
            let responder = ServingResponder(service, configuration.logger, logsAccess: configuration.logsAccess)
            return ServingChannel(
                certificates, responder, idleTimeout: configuration.idleTimeout,
                patience: ConnectionHandler.Patience(header: TimeAmount(configuration.headerTimeout)))
        }

        /// An event for the user at the terminal.
        public enum Event: Sendable {
            /// The server listens at this address.
            case listening(String)
            /// Loading is complete, except for the failed models.
            case loaded(failures: [(model: String, error: any Error)])
            /// Reloading is complete, except for the failed models, whose current versions are kept.
            case reloaded(failures: [(model: String, error: any Error)])
            /// The certificate has been reloaded, or the current one is kept because of an error.
            case certificateReloaded((any Error)?)
            /// The server has stopped.
            case ended
        }

        /// Returns the address of the server for messages.
        private func place(_ address: SocketAddress?) -> String {
            let scheme = certificates == nil ? "http" : "https"
            guard let address, let host = address.ipAddress, let port = address.port else {
                return "unix:\(address?.pathname ?? "\(configuration.address)")"
            }
            return "\(scheme)://\(host.contains(":") ? "[\(host)]" : host):\(port)"
        }

        /// Writes a file atomically, so that it is never read while it is incomplete.
        private static func write(_ text: String, to path: String) {
            let temporary = path + ".new"
            guard let file = fopen(temporary, "w") else { return }
            fputs(text, file)
            fclose(file)
            rename(temporary, path)
        }

        /// Raises the limit of open files to the maximum that the system permits, and returns it.
        private func raiseDescriptorLimit() -> Int {
            var limit = rlimit()
            #if canImport(Glibc)
                let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
            #else
                let resource = RLIMIT_NOFILE
            #endif
            guard getrlimit(resource, &limit) == 0 else { return .max }
            if limit.rlim_cur < limit.rlim_max {
                let lower = limit
                limit.rlim_cur = limit.rlim_max
                if setrlimit(resource, &limit) != 0 { limit = lower }
            }
            return Int(clamping: limit.rlim_cur)
        }
    }

    /// A service that reloads the certificate and the models on SIGHUP.
    private struct Reloading: Service {
        let service: BertService
        let certificates: Certificates?
        let onEvent: @Sendable (ModelServer.Event) -> Void

        func run() async throws {
            let signals = await UnixSignalsSequence(trapping: .sighup)
            for await _ in signals.cancelOnGracefulShutdown() {
                if let certificates {
                    do {
                        try certificates.reload()
                        onEvent(.certificateReloaded(nil))
                    } catch { onEvent(.certificateReloaded(error)) }
                }
                onEvent(.reloaded(failures: await service.reload()))
            }
        }
    }
#endif
