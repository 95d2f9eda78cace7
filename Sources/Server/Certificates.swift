#if Server
    import BertCore
    import NIOSSL
    import Synchronization

    #if canImport(Glibc)
        import Glibc
    #elseif canImport(Musl)
        import Musl
    #elseif canImport(Darwin)
        import Darwin
    #endif

    /// A certificate and its key for new connections. Both can be reloaded while connections are open.
    final class Certificates: Sendable {
        private let files: ServerConfiguration.TLS
        private let current: Mutex<NIOSSLContext>

        /// Reads both files.
        ///
        /// - Throws: `BertError` with the invalid file.
        init(_ files: ServerConfiguration.TLS) throws {
            self.files = files
            current = Mutex(try Self.context(files))
        }

        /// The TLS context of the next connection.
        var context: NIOSSLContext { current.withLock { $0 } }

        /// Reloads both files. Open connections aren't affected.
        ///
        /// - Throws: `BertError` with the invalid file. The current certificate and key are then kept.
        func reload() throws {
            let context = try Self.context(files)
            current.withLock { $0 = context }
        }

        private static func context(_ files: ServerConfiguration.TLS) throws -> NIOSSLContext {
            let certificate = try contents(of: files.certificate)
            let chain: [NIOSSLCertificate]
            do { chain = try NIOSSLCertificate.fromPEMBytes(certificate) } catch {
                throw malformed(
                    files.certificate,
                    "has no certificate in PEM format (-----BEGIN CERTIFICATE-----); the certificate of the server must be the first"
                )
            }
            let key = try contents(of: files.key)
            let text = String(decoding: key, as: UTF8.self)
            guard !text.contains("ENCRYPTED") else {
                throw malformed(
                    files.key, "is encrypted, which is not supported; decrypt it with: openssl pkey")
            }
            let privateKey: NIOSSLPrivateKey
            do { privateKey = try NIOSSLPrivateKey(bytes: key, format: .pem) } catch {
                throw malformed(files.key, "has no private key in PEM format (-----BEGIN PRIVATE KEY-----)")
            }
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(privateKey))
            configuration.minimumTLSVersion = .tlsv12
            configuration.applicationProtocols = ["h2", "http/1.1"]
            do { return try NIOSSLContext(configuration: configuration) } catch {
                throw malformed(files.key, "is not the key of the certificate in \(files.certificate)")
            }
        }

        private static func malformed(_ file: String, _ reason: String) -> BertError {
            BertError(.malformedFile, reason, file: file)
        }

        /// Returns the contents of a small file.
        private static func contents(of path: String) throws -> [UInt8] {
            guard let file = fopen(path, "rb") else {
                throw BertError(.fileNotReadable, "can't be read: \(systemMessage())", file: path)
            }
            defer { fclose(file) }
            let limit = 1 << 20
            var bytes = [UInt8](repeating: 0, count: limit + 1)
            let count = fread(&bytes, 1, bytes.count, file)
            guard ferror(file) == 0 else {
                throw BertError(.fileNotReadable, "can't be read: \(systemMessage())", file: path)
            }
            guard count <= limit else {
                throw malformed(path, "is larger than \(limit) bytes, so it is not a PEM file")
            }
            return Array(bytes.prefix(count))
        }
    }
#endif
