import BertCheckpoints
import BertCore

/// The endpoint and connection settings, read from the same environment variables as in `huggingface_hub` and its HTTP
/// client.
public struct HubSettings: Sendable {
    /// The endpoint without a trailing slash: `HF_ENDPOINT`, or `https://huggingface.co`.
    public var endpoint: String { endpointURL.text.dropLastSlashes }
    /// Whether there is a token, from `HF_TOKEN` or the token file.
    public var hasToken: Bool { token != nil }

    let endpointURL: HubURL
    let token: HubToken?
    let trust: CertificateTrust
    let environment: [String: String]
    /// The timeouts in seconds for connecting (`HF_HUB_ETAG_TIMEOUT`) and for stalled downloads
    /// (`HF_HUB_DOWNLOAD_TIMEOUT`).
    let timeouts: (connect: Int, stall: Int)
    /// Whether symbolic links are disabled (`HF_HUB_DISABLE_SYMLINKS`).
    let copiesBlobs: Bool
    /// The maximum wait that a server may request, in seconds.
    let longestWait = 300.0

    /// Creates settings from environment variables.
    ///
    /// - Throws: ``BertError`` `.invalidSetting` with the invalid variable.
    public init(environment: [String: String] = HubCache.processEnvironment) throws {
        let name = environment["HF_ENDPOINT"].flatMap { $0.isEmpty ? nil : $0 } ?? "https://huggingface.co"
        guard let endpoint = HubURL(name.dropLastSlashes), !endpoint.path.contains("?") else {
            throw BertError(
                .invalidSetting, "is not the URL of a hub; use https://HOST, or unset it", key: "HF_ENDPOINT",
                value: .string(name))
        }
        endpointURL = endpoint
        self.environment = environment
        token = try HubToken(environment: environment)
        trust = try CertificateTrust(environment: environment)
        func seconds(_ variable: String) throws -> Int {
            guard let value = environment[variable], !value.isEmpty else { return 10 }
            guard let number = Int(value), (1...86_400).contains(number) else {
                throw BertError(
                    .invalidSetting, "is not a number of seconds from 1 to 86400", key: variable, value: .string(value))
            }
            return number
        }
        timeouts = (try seconds("HF_HUB_ETAG_TIMEOUT"), try seconds("HF_HUB_DOWNLOAD_TIMEOUT"))
        copiesBlobs = HubCache.isTrue(environment["HF_HUB_DISABLE_SYMLINKS"])
    }

    /// Returns the URL of a path on the hub, such as `/api/models/…`.
    func url(_ path: String) throws -> HubURL {
        guard let url = HubURL(endpoint + path) else {
            throw BertError(.invalidArgument, "is not a valid URL", value: .string(path))
        }
        return url
    }

    /// Returns the proxy for a URL and the hosts to access directly, from the same environment variables as in Python
    /// clients and curl; empty for none. The proxy may contain a password.
    func proxy(for url: HubURL) -> (address: String, except: String) {
        func value(_ name: String) -> String? {
            // The client of a CGI server can set HTTP_PROXY with the header "Proxy" (CVE-2016-5385).
            let names =
                name == "http_proxy" && environment["REQUEST_METHOD"] != nil ? [name] : [name, name.uppercased()]
            return names.lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
        }
        return (value("\(url.scheme)_proxy") ?? value("all_proxy") ?? "", value("no_proxy") ?? "")
    }
}

/// The access token. It can't be printed.
struct HubToken: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let secret: String

    /// Reads the token from `HF_TOKEN`, `HUGGING_FACE_HUB_TOKEN`, the file `HF_TOKEN_PATH` or `token` in `HF_HOME`, in
    /// this order; returns nil if there is none or `HF_HUB_DISABLE_IMPLICIT_TOKEN` is set.
    ///
    /// - Throws: ``BertError`` `.invalidSetting` if it contains characters that aren't allowed in a header.
    init?(environment: [String: String]) throws {
        guard !HubCache.isTrue(environment["HF_HUB_DISABLE_IMPLICIT_TOKEN"]) else { return nil }
        let path = HubCache.tokenPath(environment)
        let named = ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"].first { !(environment[$0] ?? "").isEmpty }
        let text: String
        if let named, let value = environment[named] {
            text = value
        } else if let bytes = try? OpenFile(reading: path).read(limit: 1 << 16) {
            text = String(decoding: bytes, as: UTF8.self)
        } else {
            return nil
        }
        secret = String(text.filter { $0 != "\n" && $0 != "\r" && $0 != "\r\n" }.trimmed)
        if secret.isEmpty { return nil }
        guard secret.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw BertError(
                .invalidSetting, "the token contains invalid characters", file: named == nil ? path : nil,
                key: named)
        }
    }

    /// The authorization header.
    var header: String { "Authorization: Bearer \(secret)" }

    var description: String { "a token" }
    var debugDescription: String { description }
    var customMirror: Mirror { Mirror(self, children: []) }
}

extension String {
    var dropLastSlashes: String {
        var text = self[...]
        while text.last == "/" { text.removeLast() }
        return String(text)
    }
}
