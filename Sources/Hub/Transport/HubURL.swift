/// An address of HTTP or HTTPS, in the parts that matter here.
package struct HubURL: Sendable, Hashable {
    /// `https` or `http`.
    package let scheme: String
    /// In lower case, without user and port.
    package let host: String
    package let port: Int
    /// As written.
    private let authority: Substring
    /// From the first slash on, with the query.
    package let path: String

    /// Reads `https://host[:port][/path]`; nil if it is none.
    package init?(_ text: String) {
        guard let end = text.range(of: "://") else { return nil }
        scheme = text[..<end.lowerBound].lowercased()
        guard scheme == "https" || scheme == "http" else { return nil }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f }) else { return nil }
        let rest = text[end.upperBound...]
        let authority = rest.prefix { !"/?#\\".contains($0) }
        self.authority = authority
        let path = rest[authority.endIndex...].prefix { $0 != "#" }
        guard !path.hasPrefix("\\") else { return nil }
        self.path = path.hasPrefix("/") ? String(path) : "/" + path
        let address = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
        // The colons of an IPv6 address are in brackets.
        let name = address.hasPrefix("[") ? address.prefix { $0 != "]" } + "]" : address.prefix { $0 != ":" }
        guard !name.isEmpty, address.hasPrefix(name) else { return nil }
        host = name.lowercased()
        let number = address.dropFirst(name.count)
        if number.isEmpty || number == ":" {
            port = scheme == "https" ? 443 : 80
        } else {
            guard number.first == ":", let value = Int(number.dropFirst()), (1...65_535).contains(value) else {
                return nil
            }
            port = value
        }
    }

    /// The whole address.
    package var text: String { "\(scheme)://\(authority)\(path)" }

    /// The host, with the port if it isn't the usual one.
    package var place: String { host + (port == (scheme == "https" ? 443 : 80) ? "" : ":\(port)") }

    /// Scheme, host and port.
    package var origin: String { "\(scheme)://\(place)" }

    /// What may be shown: without user, password and query, in which signatures are.
    package var shown: String { "\(origin)\(path.prefix { $0 != "?" })" }

    /// Whether a secret for one may go to the other.
    package func isSameOrigin(as other: HubURL) -> Bool {
        (scheme, host, port) == (other.scheme, other.host, other.port)
    }

    /// Where a `Location` header leads; nil if nowhere over HTTP.
    package func resolving(_ location: String) -> HubURL? {
        if location.contains("://"), let colon = location.firstIndex(of: ":"),
            location[..<colon].allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) })
        {
            return HubURL(location)
        }
        if location.hasPrefix("//") { return HubURL("\(scheme):\(location)") }
        if location.hasPrefix("/") { return HubURL("\(scheme)://\(authority)\(location)") }
        let bare = path.prefix { $0 != "?" }
        if location.hasPrefix("?") { return HubURL("\(scheme)://\(authority)\(bare)\(location)") }
        let folder = bare.lastIndex(of: "/").map { bare[...$0] } ?? "/"
        return HubURL("\(scheme)://\(authority)\(folder)\(location)")
    }

    /// A part of a path with everything escaped that could mean something else, as Python's `urllib.parse.quote`.
    ///
    /// - Parameter safe: characters that stay besides letters, digits and `_.-~`.
    package static func quoted(_ text: String, safe: String = "/") -> String {
        text.utf8.reduce(into: "") { result, byte in
            let scalar = Unicode.Scalar(byte)
            let stays =
                byte < 0x80
                && (scalar.properties.isAlphabetic || (48...57).contains(byte) || "_.-~".unicodeScalars.contains(scalar)
                    || safe.unicodeScalars.contains(scalar))
            if stays {
                result.unicodeScalars.append(scalar)
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                result += "%" + (digits.count == 1 ? "0" : "") + digits
            }
        }
    }
}

extension String {
    /// Where a text first occurs.
    fileprivate func range(of text: String) -> Range<String.Index>? {
        guard let first = text.first else { return nil }
        var rest = self[...]
        while let start = rest.firstIndex(of: first) {
            if rest[start...].hasPrefix(text) { return start..<self.index(start, offsetBy: text.count) }
            rest = rest[self.index(after: start)...]
        }
        return nil
    }
}
