/// The status and headers of a response.
package struct HTTPHead: Sendable {
    package private(set) var status = 0
    /// The headers by lower-case name; the last one for duplicates.
    private var fields: [String: String] = [:]

    package init() {}

    /// Processes a line of the response head. A status line resets the headers.
    package mutating func add(_ line: String) {
        if line.hasPrefix("HTTP/") {
            let words = line.split(separator: " ", maxSplits: 2)
            self = HTTPHead()
            status = words.count > 1 ? Int(words[1]) ?? 0 : 0
        } else if let colon = line.firstIndex(of: ":") {
            fields[line[..<colon].lowercased()] = String(line[line.index(after: colon)...].trimmed)
        }
    }

    /// Returns the value of a header.
    package subscript(name: String) -> String? { fields[name.lowercased()].flatMap { $0.isEmpty ? nil : $0 } }

    /// The target of a redirect; nil for other responses.
    package var location: String? { [301, 302, 303, 307, 308].contains(status) ? self["Location"] : nil }

    /// The length of the body, if specified.
    var length: Int? { self["Content-Length"].flatMap { Int($0) } }

    /// The first byte and the total size from `Content-Range: bytes 5-9/10`.
    package var range: (start: Int, total: Int?)? {
        guard let value = self["Content-Range"], value.hasPrefix("bytes ") else { return nil }
        let parts = value.dropFirst(6).split(separator: "/", maxSplits: 1)
        guard let start = parts.first?.split(separator: "-").first.flatMap({ Int($0) }) else { return nil }
        return (start, parts.count > 1 ? Int(parts[1]) : nil)
    }

    /// Whether the body is an HTML page.
    var isPage: Bool { self["Content-Type"]?.lowercased().hasPrefix("text/html") ?? false }

    /// The ETag of the file or, for redirects, of the linked file, in the form that `huggingface_hub` uses for the
    /// names of blobs.
    package var etag: String? {
        guard var tag = (self["X-Linked-Etag"] ?? self["ETag"])?[...] else { return nil }
        tag = tag.drop { $0 == "W" || $0 == "/" }
        while tag.first == "\"" { tag.removeFirst() }
        while tag.last == "\"" { tag.removeLast() }
        return tag.isEmpty ? nil : String(tag)
    }

    /// Returns the number of seconds to wait before a retry, from `Retry-After` (seconds or a date) or the `t` of an
    /// exhausted `RateLimit`.
    ///
    /// - Parameter now: The current time in seconds since 1970.
    package func retryAfter(now: Int) -> Double? {
        if let value = self["Retry-After"] {
            if let seconds = Double(value), seconds >= 0 { return seconds }
            if let date = HTTPDate(value) { return Double(max(0, date.seconds - now)) }
        }
        guard let limit = self["RateLimit"] else { return nil }
        var values: [Substring: Double] = [:]
        for part in limit.split(separator: ";") {
            let pair = part.trimmed.split(separator: "=", maxSplits: 1)
            if pair.count == 2 { values[pair[0]] = Double(pair[1]) }
        }
        return values["r"] == 0 ? values["t"] : nil
    }
}

/// An HTTP date, such as `Sun, 06 Nov 1994 08:49:37 GMT`.
struct HTTPDate {
    /// The seconds since 1970.
    let seconds: Int

    init?(_ text: String) {
        let words = text.split { " ,:".contains($0) }
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard words.count == 8, words[7] == "GMT", let day = Int(words[1]), let year = Int(words[3]),
            let month = months.firstIndex(of: String(words[2])), let hour = Int(words[4]), let minute = Int(words[5]),
            let second = Int(words[6]), (1970...9999).contains(year), (1...31).contains(day)
        else { return nil }
        // The number of days since 1970, with years that start in March.
        let shifted = month < 2 ? year - 1 : year
        let inYear = (153 * ((month + 10) % 12) + 2) / 5 + day - 1
        let days = 365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 + inYear - 719_468
        seconds = ((days * 24 + hour) * 60 + minute) * 60 + second
    }
}

extension StringProtocol {
    /// The string without leading and trailing white space.
    var trimmed: SubSequence {
        var text = self[...]
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return text
    }
}
