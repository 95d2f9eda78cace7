import BertCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The local cache of the Hugging Face hub, found by the variables that `huggingface_hub` and `transformers` read.
///
/// Nothing is ever downloaded. The cache is `HF_HUB_CACHE`, else `HUGGINGFACE_HUB_CACHE`, else `hub` in `HF_HOME`, else
/// `huggingface/hub` in `XDG_CACHE_HOME`, else `~/.cache/huggingface/hub`. A leading `~` and `$VARIABLES` are expanded as
/// `huggingface_hub` does it. A model that isn't there is looked for in `TRANSFORMERS_CACHE`, which `transformers` prefers.
public struct HubCache: Sendable, Hashable {
    /// The folders that are searched, in order.
    public let folders: [String]
    /// Whether `HF_HUB_OFFLINE` or `TRANSFORMERS_OFFLINE` forbids downloads.
    public let isOffline: Bool

    /// The cache that the variables name.
    ///
    /// - Parameter environment: the variables; the process's by default.
    public init(environment: [String: String] = HubCache.processEnvironment) {
        let home = Self.home(of: nil, environment) ?? "~"
        func expand(_ path: String) -> String { Self.expand(path, environment) }
        let parent = environment["XDG_CACHE_HOME"] ?? Self.join(home, ".cache")
        let hubHome = expand(environment["HF_HOME"] ?? Self.join(parent, "huggingface"))
        let cache = environment["HUGGINGFACE_HUB_CACHE"] ?? Self.join(hubHome, "hub")
        var folders = [expand(environment["HF_HUB_CACHE"] ?? cache)]
        // transformers expands nothing in it.
        let older = ["TRANSFORMERS_CACHE", "PYTORCH_TRANSFORMERS_CACHE", "PYTORCH_PRETRAINED_BERT_CACHE"]
        for folder in older.compactMap({ environment[$0] }) where !folders.contains(folder) {
            folders.append(folder)
        }
        self.folders = folders
        let offline = environment["HF_HUB_OFFLINE"].flatMap { $0.isEmpty ? nil : $0 }
        isOffline = ["1", "ON", "YES", "TRUE"].contains(
            (offline ?? environment["TRANSFORMERS_OFFLINE"] ?? "").uppercased())
    }

    /// The variables of the process.
    public static var processEnvironment: [String: String] {
        let names = [
            "HOME", "XDG_CACHE_HOME", "HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "TRANSFORMERS_CACHE",
            "PYTORCH_TRANSFORMERS_CACHE", "PYTORCH_PRETRAINED_BERT_CACHE", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE",
        ]
        var values = Dictionary(
            uniqueKeysWithValues: names.compactMap { name in getenv(name).map { (name, String(cString: $0)) } })
        // The variables that those refer to.
        for name in values.values.flatMap(references) where values[name] == nil {
            values[name] = getenv(name).map { String(cString: $0) }
        }
        return values
    }

    /// The folder of a model in the cache.
    ///
    /// - Parameters:
    ///   - id: `name` or `organisation/name`.
    ///   - revision: a branch, tag or commit.
    /// - Throws: ``BertError`` `.fileNotReadable` that lists where it looked.
    public func snapshot(of id: String, revision: String = "main") throws -> String {
        var tried: [String] = []
        let isSafe = !revision.isEmpty && !revision.utf8.contains(0) && !revision.split(separator: "/").contains("..")
        for folder in isSafe ? folders : [] {
            let base = Self.join(folder, "models--" + id.split(separator: "/").joined(separator: "--"))
            let reference = "\(base)/refs/\(revision)"
            let named = (try? OpenFile(reading: reference).read(limit: 1 << 10)).map {
                String(decoding: $0, as: UTF8.self)
            }
            let commit = named.map { String($0.prefix { !$0.isWhitespace }) } ?? revision
            let snapshot = "\(base)/snapshots/\(commit)"
            var info = stat()
            if stat(snapshot, &info) == 0 { return snapshot }
            tried.append(named == nil ? "\(reference), \(snapshot)" : snapshot)
        }
        let download = "hf download \(id)\(revision == "main" ? "" : " --revision \(revision)")"
        throw BertError(
            .fileNotReadable,
            """
            the model \(id) is neither a folder nor in the Hugging Face cache
              tried:      \(isSafe ? tried.joined(separator: ", ") : "nothing: \"\(revision)\" is not a revision")
              fix:        \(isOffline ? "HF_HUB_OFFLINE= TRANSFORMERS_OFFLINE= " : "")\(download)
            """, value: .string(id))
    }

    /// Whether a name can be that of a model on the hub: `name` or `organisation/name`, in the characters it allows.
    public static func isModelID(_ name: String) -> Bool {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count <= 2
            && parts.allSatisfy { part in
                part.first != "." && !part.isEmpty
                    && part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
            }
    }
}

extension HubCache {
    /// Python's `os.path.join` of two parts.
    private static func join(_ folder: String, _ name: String) -> String {
        if name.hasPrefix("/") { return name }
        return folder.isEmpty || folder.hasSuffix("/") ? folder + name : folder + "/" + name
    }

    /// Python's `os.path.expandvars(os.path.expanduser(path))`.
    private static func expand(_ path: String, _ environment: [String: String]) -> String {
        var path = path
        if path.hasPrefix("~") {
            let user = path.dropFirst().prefix { $0 != "/" }
            if let home = home(of: user.isEmpty ? nil : String(user), environment) {
                let rest = path.dropFirst(1 + user.count)
                path = (home.hasSuffix("/") ? String(home.dropLast()) : home) + rest
                if path.isEmpty { path = "/" }
            }
        }
        return expandVariables(path, environment)
    }

    /// Replaces `$name` and `${name}`; a variable that isn't set stays as it is.
    private static func expandVariables(_ path: String, _ environment: [String: String]) -> String {
        var (result, rest) = ("", Substring(path))
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            let (name, end) = reference(rest, at: dollar)
            result += name.flatMap { environment[$0] } ?? String(rest[dollar..<end])
            rest = rest[end...]
        }
        return result + rest
    }

    /// The variables that a path refers to.
    private static func references(_ path: String) -> [String] {
        var (names, rest) = ([String](), Substring(path))
        while let dollar = rest.firstIndex(of: "$") {
            let (name, end) = reference(rest, at: dollar)
            if let name { names.append(name) }
            rest = rest[end...]
        }
        return names
    }

    /// The name behind a `$`, and the end of the reference.
    private static func reference(_ text: Substring, at dollar: Substring.Index) -> (
        name: String?, end: Substring.Index
    ) {
        let start = text.index(after: dollar)
        let rest = text[start...]
        if rest.first == "{" {
            guard let close = rest.firstIndex(of: "}") else { return (nil, start) }
            return (String(rest.dropFirst()[..<close]), text.index(after: close))
        }
        let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        return (name.isEmpty ? nil : String(name), name.endIndex)
    }

    /// The home folder of a user, nil for the one who runs the program.
    private static func home(of user: String?, _ environment: [String: String]) -> String? {
        if user == nil, let home = environment["HOME"] { return home }
        guard let entry = user.map({ getpwnam($0) }) ?? getpwuid(getuid()) else { return nil }
        return String(cString: entry.pointee.pw_dir)
    }
}
