import BertCore
import CBertCurl

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A request of this package.
struct HTTPRequest {
    enum Method: String { case get = "GET", head = "HEAD" }

    var method: Method
    var url: HubURL
    /// Lines, `Name: value`.
    var headers: [String] = []
}

/// Nothing of an answer, or not all of it, came over the network.
struct TransportFailure: Error {
    /// A `CURLcode`.
    let code: Int32
    let message: String
    /// The status of a proxy that refused; 0 if none did.
    let proxyStatus: Int

    /// Whether it may go away by itself: no connection, a cut one, a stalled one.
    var isTransient: Bool { [5, 6, 7, 16, 18, 28, 35, 52, 55, 56, 92].contains(code) && proxyStatus < 400 }
    /// Whether there was no connection: no such name, nobody there.
    var isUnreachable: Bool { [5, 6, 7].contains(code) }
    /// Whether the peer's certificate is to blame.
    var isCertificate: Bool { [51, 58, 60, 77, 83].contains(code) }
}

/// A handle of libcurl: requests one after another, over connections that stay open.
final class CurlSession {
    private let library: CurlLibrary
    private let handle: UnsafeMutableRawPointer
    private let trust: CertificateTrust

    init(_ library: CurlLibrary, trust: CertificateTrust) throws {
        guard let handle = library.functions.`init`() else {
            throw BertError(.libraryFailure, "libcurl gave no handle")
        }
        (self.library, self.handle, self.trust) = (library, handle, trust)
    }

    deinit { library.functions.cleanup(handle) }

    /// What the callbacks fill.
    private final class Exchange {
        var head = HTTPHead()
        let receive: (HTTPHead, UnsafeRawBufferPointer) throws -> Void
        var error: (any Error)?

        init(_ receive: @escaping (HTTPHead, UnsafeRawBufferPointer) throws -> Void) { self.receive = receive }

        static func of(_ context: UnsafeMutableRawPointer?) -> Exchange? {
            context.map { Unmanaged<Exchange>.fromOpaque($0).takeUnretainedValue() }
        }
    }

    /// Sends a request; redirects are not followed.
    ///
    /// - Parameters:
    ///   - request: what to ask.
    ///   - proxy: the proxy, and hosts that are reached without it.
    ///   - timeouts: seconds until there is a connection, and without a byte.
    ///   - receive: takes the body in parts, each with the head.
    /// - Throws: ``TransportFailure``, or what `receive` threw.
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
            throw BertError(.outOfMemory, "no memory for a request")
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
                    // Not what was given, also where that is nothing.
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
