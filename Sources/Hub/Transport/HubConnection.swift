import BertCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A connection to a hub that handles redirects, authentication and retries.
///
/// The token is sent only to the scheme, host and port of the hub, and never to redirect targets.
final class HubConnection {
    let settings: HubSettings
    private let session: CurlSession
    let observe: @Sendable (HubEvent) -> Void
    /// Waits for a number of seconds.
    private let pause: @Sendable (Double) -> Void

    /// A failure after which a retry may succeed.
    struct Setback: Error {
        let error: BertError
        /// The wait in seconds that the server requests.
        var wait: Double?
        /// The maximum number of attempts without progress.
        var tries = 6
    }

    init(
        _ settings: HubSettings, pause: (@Sendable (Double) -> Void)? = nil,
        observe: @escaping @Sendable (HubEvent) -> Void
    ) throws {
        self.settings = settings
        session = try CurlSession(.open(environment: BertEnvironment(settings.environment)), trust: settings.trust)
        self.pause = pause ?? { usleep(UInt32($0 * 1e6)) }
        self.observe = observe
    }

    /// Runs `body` until it doesn't throw a ``Setback``, with exponential backoff.
    ///
    /// - Parameter progress: Returns a number that increases with progress, which resets the number of attempts.
    func retrying<Result>(progress: () -> Int = { 0 }, _ body: () throws -> Result) throws -> Result {
        var (failures, reached) = (0, progress())
        while true {
            do { return try body() } catch let setback as Setback {
                if progress() > reached { (failures, reached) = (0, progress()) }
                failures += 1
                // 0.5, 1, 2, 4, 8 s, with up to a quarter of random jitter, so that clients don't retry at the same
                // time.
                let usual = Double(1 << min(failures, 6)) / 4 * Double.random(in: 1...1.25)
                let wait = max(setback.wait ?? 0, usual)
                guard failures < setback.tries, wait <= settings.longestWait else { throw setback.error }
                observe(.waits(seconds: wait, reason: setback.error.message))
                pause(wait)
            }
        }
    }

    /// Sends a single request and follows redirects.
    ///
    /// - Parameters:
    ///   - stops: Returns whether to return a redirect instead of following it.
    ///   - receive: Receives the parts of the body, each with the response head; not called for redirects.
    /// - Throws: ``Setback``, or `BertError` for permanent failures.
    func send(
        _ request: HTTPRequest, stops: (HubURL, HTTPHead) -> Bool = { _, _ in false },
        receive: @escaping (HTTPHead, UnsafeRawBufferPointer) throws -> Void = { _, _ in }
    ) throws -> (head: HTTPHead, url: HubURL) {
        var request = request
        let headers =
            request.headers + ["User-Agent: swift-bert/\(PackageVersion.current)", "Accept-Encoding: identity"]
        for _ in 0..<10 {
            request.headers = headers
            if let token = settings.token, request.url.isSameOrigin(as: settings.endpointURL) {
                request.headers.append(token.header)
            }
            let head = try exchange(request) { head, bytes in
                if head.location == nil { try receive(head, bytes) }
            }
            observe(.answered(method: request.method.rawValue, url: request.url.shown, status: head.status))
            guard let location = head.location else { return (head, request.url) }
            guard let next = request.url.resolving(location), !(request.url.scheme == "https" && next.scheme == "http")
            else {
                throw BertError(
                    .hubFailure, "\(request.url.shown) redirects to an address without HTTPS",
                    value: .int(head.status))
            }
            if stops(next, head) { return (head, next) }
            request.url = next
        }
        throw BertError(.hubFailure, "\(request.url.shown) redirects too many times")
    }

    private func exchange(
        _ request: HTTPRequest, receive: @escaping (HTTPHead, UnsafeRawBufferPointer) throws -> Void
    ) throws -> HTTPHead {
        do {
            return try session.perform(
                request, proxy: settings.proxy(for: request.url), timeouts: settings.timeouts, receive: receive)
        } catch let failure as TransportFailure {
            let error = explained(failure, request.url)
            guard failure.isTransient else { throw error }
            throw Setback(error: error, tries: failure.isUnreachable ? 3 : 6)
        }
    }

    /// Returns the error for a network failure, with an explanation for users.
    private func explained(_ failure: TransportFailure, _ url: HubURL) -> BertError {
        let host = url.place
        var text = LabelledText("\(host) can't be reached")
        if failure.proxyStatus >= 400 {
            text = LabelledText("the proxy refused the connection to \(host)")
        } else if failure.isCertificate {
            text = LabelledText("\(host) has no trusted certificate")
        } else if !failure.isUnreachable {
            text = LabelledText("the connection to \(host) failed")
        }
        text.add("reason", failure.message)
        if failure.proxyStatus >= 400 {
            let isLogin = failure.proxyStatus == 407
            text.add(
                "fix",
                isLogin
                    ? "add the user and password of the proxy to HTTPS_PROXY (http://USER:PASSWORD@HOST:PORT)"
                    : "contact the administrator of the proxy, or add the host to NO_PROXY")
        } else if failure.isCertificate {
            text.add(
                "fix",
                "set SSL_CERT_FILE to the certificates of your organization; install ca-certificates if "
                    + "the default ones are missing")
        } else if failure.isUnreachable {
            let proxy =
                !settings.proxy(for: url).address.isEmpty ? "the proxy in HTTPS_PROXY, " : "HTTPS_PROXY (none is set), "
            text.add("fix", "check the network, \(proxy)and HF_ENDPOINT; cached models need no network")
        }
        return BertError(.connectionFailed, text.description, value: .string(host))
    }
}

extension HubConnection {
    /// Returns the body of a small response.
    ///
    /// - Throws: The `BertError` for the status of the response.
    func get(_ url: HubURL, about subject: HubSubject, limit: Int = 64 << 20) throws -> (head: HTTPHead, body: [UInt8])
    {
        try retrying {
            var body: [UInt8] = []
            let (head, place) = try send(
                HTTPRequest(method: .get, url: url),
                receive: { _, bytes in
                    body += bytes
                    guard body.count <= limit else {
                        throw BertError(.hubFailure, "\(url.shown) has more than \(limit) bytes", limit: .int(limit))
                    }
                })
            try subject.check(head, from: place, settings)
            return (head, body)
        }
    }
}
