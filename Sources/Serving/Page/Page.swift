import CBertServerPage

/// The web page for browsers. It is built into the program, and loads no external resources.
enum Page {
    /// The parts of the page between which a response inserts its nonce.
    private static let parts: [[UInt8]] = {
        let page = String(
            decoding: UnsafeBufferPointer(start: bert_server_page_bytes_pointer(), count: bert_server_page_size),
            as: UTF8.self)
        return page.split(separator: "NONCE", omittingEmptySubsequences: false).map { Array($0.utf8) }
    }()

    /// The page, with a content security policy that permits only its own script.
    static var response: WireResponse {
        let nonce = RequestID.random()
        var body: [UInt8] = []
        for (place, part) in parts.enumerated() {
            if place > 0 { body += Array(nonce.utf8) }
            body += part
        }
        var response = WireResponse(body: body)
        response.headers = [
            ("content-type", "text/html; charset=utf-8"),
            (
                "content-security-policy",
                """
                default-src 'none'; script-src 'nonce-\(nonce)'; style-src 'nonce-\(nonce)'; connect-src 'self'; \
                img-src data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'
                """
            ),
            ("x-content-type-options", "nosniff"), ("referrer-policy", "no-referrer"), ("cache-control", "no-store"),
        ]
        return response
    }
}
