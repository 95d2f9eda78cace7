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

        /// The files of a certificate, for HTTPS.
        public struct TLS: Sendable, Hashable {
            /// The path of the certificate in PEM form, intermediate ones after it.
            public var certificate: String
            /// The path of its private key in PEM form.
            public var key: String

            /// The files of a certificate.
            public init(certificate: String, key: String) {
                self.certificate = certificate
                self.key = key
            }
        }

        /// Where it listens. A socket that the service manager hands over (`LISTEN_FDS` of systemd) comes before it.
        public var address = Address.host("127.0.0.1", port: 8080)
        /// What connections are encrypted with; HTTP without encryption if nil.
        public var tls: TLS?
        /// A file that the port is written to as soon as the server listens.
        public var portFile: String?
        /// The most connections that are open at a time; further ones wait.
        public var maxConnections = 16_384
        /// How long a connection may do nothing.
        public var idleTimeout = Duration.seconds(75)
        /// How long the head of a request may take from its first byte on, and a TLS handshake.
        public var headerTimeout = Duration.seconds(10)
        /// How long a server that is told to end waits for the requests that are here.
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
