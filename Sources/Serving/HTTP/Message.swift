/// A request as a transport has read it.
public struct WireRequest: Sendable {
    /// For example `POST`.
    public var method: String
    /// The path with its query, as it was sent.
    public var target: String
    /// Names in lower case, in the order they came in.
    public var headers: [(name: String, value: String)]
    /// The body; empty before it was read.
    public var body: [UInt8] = []

    /// Makes a request.
    public init(method: String, target: String, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.method = method
        self.target = target
        self.headers = headers.map { ($0.name.lowercased(), $0.value) }
        self.body = body
    }

    /// The value of the first header of that name, given in lower case.
    public func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    /// The path as it was sent, without query.
    var path: Substring { target.prefix { $0 != "?" && $0 != "#" } }
}

/// An answer for a transport to send.
public struct WireResponse: Sendable {
    /// The status.
    public var status: Int
    /// Names in lower case; `content-length` is the transport's.
    public var headers: [(name: String, value: String)]
    /// The body.
    public var body: [UInt8]
    /// Whether the connection is closed after it.
    public var closes = false
    /// What it was, for metrics and logs.
    var context = Context()

    struct Context: Sendable {
        var model: String?
        var task: String?
        var route: String?
        var failure: String?
    }

    /// Makes an answer.
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
    /// The text with `%41` as `A`, once; nil for half an escape, or bytes that aren't UTF-8.
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
