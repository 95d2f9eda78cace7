#if Server
    public import Logging

    /// The address, limits and timeouts of a server.
    public struct ServerConfiguration: Sendable {
        /// An address to listen at.
        public enum Address: Sendable, Hashable, CustomStringConvertible {
            /// A host name or IP address and a port. If the port is 0, the system chooses one.
            case host(String, port: Int)
            /// The path of a Unix domain socket. An existing file is replaced.
            case unixSocket(String)

            /// A description such as `127.0.0.1:8080`.
            public var description: String {
                switch self {
                case .host(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
                case .unixSocket(let path): path
                }
            }
        }

        /// The files of a certificate for HTTPS.
        public struct TLS: Sendable, Hashable {
            /// The path of the certificate in PEM format, followed by intermediate certificates.
            public var certificate: String
            /// The path of the private key in PEM format.
            public var key: String

            /// Creates a certificate configuration.
            public init(certificate: String, key: String) {
                self.certificate = certificate
                self.key = key
            }
        }

        /// The address to listen at. Sockets passed by the service manager (`LISTEN_FDS` of systemd) take precedence.
        public var address = Address.host("127.0.0.1", port: 8080)
        /// The certificate for encrypted connections, or nil for HTTP without encryption.
        public var tls: TLS?
        /// A file that the port is written to as soon as the server listens.
        public var portFile: String?
        /// The maximum number of open connections. Further connections wait.
        public var maxConnections = 16_384
        /// The timeout of idle connections.
        public var idleTimeout = Duration.seconds(75)
        /// The timeout of a request's head, from its first byte, and of a TLS handshake.
        public var headerTimeout = Duration.seconds(10)
        /// The maximum time that the server waits for requests in progress when it shuts down.
        public var gracePeriod = Duration.seconds(30)
        /// Whether to log every request.
        public var logsAccess = false
        /// The logger.
        public var logger: Logger

        /// Creates a default configuration.
        public init() {
            logger = Logger(label: "bert.serve")
            logger.logLevel = .notice
        }
    }
#endif
