import BertCore
import CBertCurl

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// An HTTP request.
struct HTTPRequest {
    enum Method: String { case get = "GET", head = "HEAD" }

    var method: Method
    var url: HubURL
    /// Header lines, `Name: value`.
    var headers: [String] = []
}

/// An error for a response that wasn't received completely.
struct TransportFailure: Error {
    /// The `CURLcode`.
    let code: Int32
    let message: String
    /// The status of a proxy that refused the connection; otherwise 0.
    let proxyStatus: Int

    /// Whether the failure may be temporary: a failed, interrupted or stalled connection.
    var isTransient: Bool { [5, 6, 7, 16, 18, 28, 35, 52, 55, 56, 92].contains(code) && proxyStatus < 400 }
    /// Whether no connection could be established: unknown host, or connection refused.
    var isUnreachable: Bool { [5, 6, 7].contains(code) }
    /// Whether certificate verification failed.
    var isCertificate: Bool { [51, 58, 60, 77, 83].contains(code) }
}

/// A libcurl handle, which sends consecutive requests over persistent connections.
final class CurlSession {
    private let library: CurlLibrary
    private let handle: UnsafeMutableRawPointer
    private let trust: CertificateTrust

    init(_ library: CurlLibrary, trust: CertificateTrust) throws {
        guard let handle = library.functions.`init`() else {
            throw BertError(.libraryFailure, "libcurl returned no handle")
        }
        (self.library, self.handle, self.trust) = (library, handle, trust)
    }

    deinit { library.functions.cleanup(handle) }

    /// The state that callbacks access.
    private final class Exchange {
        var head = HTTPHead()
        let receive: (HTTPHead, UnsafeRawBufferPointer) throws -> Void
        var error: (any Error)?

        init(_ receive: @escaping (HTTPHead, UnsafeRawBufferPointer) throws -> Void) { self.receive = receive }

        static func of(_ context: UnsafeMutableRawPointer?) -> Exchange? {
            context.map { Unmanaged<Exchange>.fromOpaque($0).takeUnretainedValue() }
        }
    }

    /// Sends a request without following redirects.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - proxy: The proxy, and the hosts to access directly.
    ///   - timeouts: The timeouts in seconds for connecting and for a stalled transfer.
    ///   - receive: Receives the parts of the body, each with the response head.
    /// - Throws: ``TransportFailure``, or errors of `receive`.
    func perform(
        _ request: HTTPRequest, proxy: (address: String, except: String), timeouts: (connect: Int, stall: Int),
        receive: @escaping (HTTPHead, UnsafeRawBufferPointer) throws -> Void
    ) throws -> HTTPHead {
        let exchange = Exchange(receive)
        var texts: [UnsafeMutablePointer<CChar>] = []
        defer { for text in texts { free(text) } }
        func copy(_ text: String) -> UnsafePointer<CChar>? {
            guard let copy = strdup(text) else { return nil }
            texts.append(copy)
            return UnsafePointer(copy)
        }
        let headers = request.headers.compactMap(copy)
        guard let url = copy(request.url.text), let address = copy(proxy.address),
            let except = copy(proxy.except), headers.count == request.headers.count
        else {
            throw BertError(.outOfMemory, "not enough memory for a request")
        }
        var description = bert_curl_request(
            url: url, head: request.method == .head, headers: nil, headerCount: 0,
            certificateFile: trust.file.flatMap(copy), certificates: nil, certificatesSize: 0,
            certificateFolder: trust.folder.flatMap(copy), proxy: address, noProxy: except,
            connectTimeout: timeouts.connect, stallTimeout: timeouts.stall,
            onHeader: { bytes, size, count, context in
                guard let exchange = Exchange.of(context), let bytes else { return 0 }
                let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
                exchange.head.add(String(decoding: line, as: UTF8.self))
                return size * count
            },
            onBody: { bytes, size, count, context in
                guard let exchange = Exchange.of(context), let bytes else { return 0 }
                do {
                    try exchange.receive(exchange.head, UnsafeRawBufferPointer(start: bytes, count: size * count))
                    return size * count
                } catch {
                    exchange.error = error
                    // Return a number that differs from the given size, even if that is 0, to abort the transfer.
                    return size * count == 0 ? 1 : 0
                }
            },
            context: Unmanaged.passUnretained(exchange).toOpaque())
        var result = bert_curl_result()
        withUnsafePointer(to: library.functions) { functions in
            headers.map { Optional($0) }.withUnsafeBufferPointer { lines in
                trust.pem.withUnsafeBytes { pem in
                    lines.withMemoryRebound(to: UnsafePointer<CChar>.self) { lines in
                        description.headers = lines.baseAddress
                        description.headerCount = lines.count
                        if !pem.isEmpty {
                            description.certificates = pem.baseAddress
                            description.certificatesSize = pem.count
                        }
                        bert_curl_perform(functions, handle, &description, &result)
                    }
                }
            }
        }
        if let error = exchange.error { throw error }
        guard result.code == 0 else {
            let message = withUnsafeBytes(of: &result.message) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            throw TransportFailure(code: result.code, message: message, proxyStatus: result.proxyStatus)
        }
        return exchange.head
    }
}
