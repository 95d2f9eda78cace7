/// An HTTP or HTTPS URL, parsed into the required components.
package struct HubURL: Sendable, Hashable {
    /// `https` or `http`.
    package let scheme: String
    /// The host in lower case, without user and port.
    package let host: String
    package let port: Int
    /// The authority as written.
    private let authority: Substring
    /// The path and query, starting at the first slash.
    package let path: String

    /// Parses `https://host[:port][/path]`; returns nil if it is invalid.
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
        // IPv6 addresses, which contain colons, are in brackets.
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

    /// The complete URL.
    package var text: String { "\(scheme)://\(authority)\(path)" }

    /// The host, with the port unless it is the default.
    package var place: String { host + (port == (scheme == "https" ? 443 : 80) ? "" : ":\(port)") }

    /// The scheme, host and port.
    package var origin: String { "\(scheme)://\(place)" }

    /// The URL without user, password and query (which may contain signatures), for display.
    package var shown: String { "\(origin)\(path.prefix { $0 != "?" })" }

    /// Returns whether both URLs have the same origin, so that secrets can be shared.
    package func isSameOrigin(as other: HubURL) -> Bool {
        (scheme, host, port) == (other.scheme, other.host, other.port)
    }

    /// Resolves a `Location` header; returns nil if it isn't an HTTP URL.
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

    /// Percent-encodes a path component like `urllib.parse.quote` in Python.
    ///
    /// - Parameter safe: The characters to keep in addition to letters, digits and `_.-~`.
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
    /// Returns the first occurrence of a string.
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
