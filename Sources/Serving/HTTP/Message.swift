/// A request received by a transport.
public struct WireRequest: Sendable {
    /// The method, such as `POST`.
    public var method: String
    /// The path and query as received.
    public var target: String
    /// The headers with lowercase names, in the received order.
    public var headers: [(name: String, value: String)]
    /// The body, or empty before it has been read.
    public var body: [UInt8] = []

    /// Creates a request.
    public init(method: String, target: String, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.method = method
        self.target = target
        self.headers = headers.map { ($0.name.lowercased(), $0.value) }
        self.body = body
    }

    /// Returns the value of the first header with a lowercase name.
    public func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    /// The path as received, without the query.
    var path: Substring {
        target[..<(target.utf8.firstIndex { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") } ?? target.endIndex)]
    }
}

/// A response to be sent by a transport.
public struct WireResponse: Sendable {
    /// The status code.
    public var status: Int
    /// The headers with lowercase names. The transport adds `content-length`.
    public var headers: [(name: String, value: String)]
    /// The body.
    public var body: [UInt8]
    /// Whether to close the connection after the response.
    public var closes = false
    /// Information for metrics and logs.
    var context = Context()

    struct Context: Sendable {
        var model: String?
        var task: String?
        var route: String?
        var failure: String?
        /// Whether the request has several texts.
        var isBatch = false
    }

    /// Creates a response.
    public init(status: Int = 200, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    static func text(_ text: String, type: String = "text/plain; charset=utf-8", status: Int = 200) -> WireResponse {
        WireResponse(status: status, headers: [("content-type", type)], body: Array(text.utf8))
    }

    static func json(_ bytes: [UInt8], status: Int = 200) -> WireResponse {
        WireResponse(status: status, headers: [("content-type", "application/json")], body: bytes)
    }
}

extension String {
    /// Decodes percent encoding once, such as `%41` to `A`. Returns nil for an incomplete escape sequence, or for
    /// invalid UTF-8.
    init?(percentDecoding text: some StringProtocol) {
        guard text.utf8.contains(UInt8(ascii: "%")) else {
            self = String(text)
            return
        }
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst()?.hexDigit, let low = rest.popFirst()?.hexDigit else { return nil }
            bytes.append(high << 4 | low)
        }
        guard let string = String(validating: bytes, as: UTF8.self) else { return nil }
        self = string
    }
}

extension UInt8 {
    fileprivate var hexDigit: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
