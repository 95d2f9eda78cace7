import BertCheckpoints
import BertCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The local cache of the Hugging Face hub, located by the same environment variables as in `huggingface_hub` and
/// `transformers`.
///
/// The layout is that of `huggingface_hub`, which may use the cache at the same time. The cache is `HF_HUB_CACHE`,
/// `HUGGINGFACE_HUB_CACHE`, `hub` in `HF_HOME`, `huggingface/hub` in `XDG_CACHE_HOME` or `~/.cache/huggingface/hub`, in
/// this order. A leading `~` and `$VARIABLES` are expanded like in `huggingface_hub`. Models that aren't found are
/// looked up in `TRANSFORMERS_CACHE`, which `transformers` prefers. Downloads are stored in the first folder. See
/// ``Hub``.
public struct HubCache: Sendable, Hashable {
    /// The folders to search, in order.
    public let folders: [String]
    /// Whether `HF_HUB_OFFLINE` or `TRANSFORMERS_OFFLINE` disables downloads.
    public let isOffline: Bool
    /// Whether `HF_HUB_OFFLINE` is set to false, which allows downloads in noninteractive programs.
    public let isOnline: Bool

    /// Creates a cache from environment variables.
    ///
    /// - Parameter environment: The variables; those of the process by default.
    public init(environment: [String: String] = HubCache.processEnvironment) {
        let home = Self.homeOfHub(environment)
        let cache = environment["HUGGINGFACE_HUB_CACHE"] ?? Self.join(home, "hub")
        var folders = [Self.expand(environment["HF_HUB_CACHE"] ?? cache, environment)]
        // transformers doesn't expand these variables.
        let older = ["TRANSFORMERS_CACHE", "PYTORCH_TRANSFORMERS_CACHE", "PYTORCH_PRETRAINED_BERT_CACHE"]
        for folder in older.compactMap({ environment[$0] }) where !folders.contains(folder) {
            folders.append(folder)
        }
        self.folders = folders
        let offline = environment["HF_HUB_OFFLINE"].flatMap { $0.isEmpty ? nil : $0 }
        isOffline = Self.isTrue(offline ?? environment["TRANSFORMERS_OFFLINE"])
        isOnline = ["0", "OFF", "NO", "FALSE"].contains(offline?.uppercased()) && !isOffline
    }

    /// The environment variables of the process.
    public static var processEnvironment: [String: String] { ProcessVariables.all() }

    /// The folder for downloads.
    public var folder: String { folders[0] }

    /// Returns the folder of a model in the cache.
    ///
    /// - Parameters:
    ///   - id: `name` or `organization/name`.
    ///   - revision: A branch, tag or commit.
    /// - Throws: ``BertError`` `.fileNotReadable` that lists the searched folders and explains how to download the
    ///   model.
    public func snapshot(of id: String, revision: String = "main") throws -> String {
        var tried: [String] = []
        let isSafe = Self.isRevision(revision)
        for folder in isSafe ? folders : [] {
            let repository = CachedRepository(id: id, cache: folder)
            let commit = repository.commit(of: revision)
            let snapshot = repository.snapshot(commit ?? revision)
            var info = stat()
            if stat(snapshot, &info) == 0 { return snapshot }
            tried.append(commit == nil ? "\(repository.reference(revision)), \(snapshot)" : snapshot)
        }
        let download = "bert download \(id)\(revision == "main" ? "" : " --revision \(revision)")"
        var text = LabelledText("the model \(id) is neither a folder nor a model in the Hugging Face cache")
        text.add("tried", isSafe ? tried.joined(separator: ", ") : "nothing: \"\(revision)\" is not a revision")
        text.add("fix", "\(isOffline ? "HF_HUB_OFFLINE=0 " : "")\(download)")
        text.add("or", "--download, or HF_HUB_OFFLINE=0")
        throw BertError(.fileNotReadable, text.description, key: isSafe ? nil : "revision", value: .string(id))
    }

    /// Returns the id of the model whose snapshot contains a path; nil if there is none.
    public static func modelID(at path: String) -> String? {
        let parts = path.split(separator: "/")
        guard let place = parts.firstIndex(of: "snapshots"), place > parts.startIndex else { return nil }
        return CachedRepository(folderName: String(parts[place - 1]), cache: "")?.id
    }

    /// Returns whether a name is valid for a branch, tag or commit, and a safe path below the folder of references.
    static func isRevision(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f } && !name.hasPrefix("/")
            && !name.split(separator: "/", omittingEmptySubsequences: false).contains { ["", ".", ".."].contains($0) }
    }

    /// Returns whether a name is a valid model id of the hub: `name` or `organization/name`, in the allowed characters.
    public static func isModelID(_ name: String) -> Bool {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count <= 2 && name.utf8.count <= 96 && !name.hasSuffix(".git")
            && parts.allSatisfy { part in
                part.first != "." && part.last != "." && part.first != "-" && part.last != "-" && !part.isEmpty
                    && !zip(part, part.dropFirst()).contains { $0 == $1 && "-.".contains($0) }
                    && part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
            }
    }
}

extension HubCache {
    /// Returns whether a value means true in Python clients.
    static func isTrue(_ value: String?) -> Bool { ["1", "ON", "YES", "TRUE"].contains((value ?? "").uppercased()) }

    /// Returns `HF_HOME`, the folder of the cache and the token.
    private static func homeOfHub(_ environment: [String: String]) -> String {
        let parent = environment["XDG_CACHE_HOME"] ?? join(home(of: nil, environment) ?? "~", ".cache")
        return expand(environment["HF_HOME"] ?? join(parent, "huggingface"), environment)
    }

    /// Returns the path of the token file.
    static func tokenPath(_ environment: [String: String]) -> String {
        expand(environment["HF_TOKEN_PATH"] ?? join(homeOfHub(environment), "token"), environment)
    }

    /// Joins two path components like `os.path.join` in Python.
    private static func join(_ folder: String, _ name: String) -> String {
        if name.hasPrefix("/") { return name }
        return folder.isEmpty || folder.hasSuffix("/") ? folder + name : folder + "/" + name
    }

    /// Expands a path like `os.path.expandvars(os.path.expanduser(path))` in Python.
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

    /// Replaces `$name` and `${name}`. Variables that aren't set are unchanged.
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

    /// Returns the name of a variable after a `$`, and the end of the reference.
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

    /// Returns the home folder of a user; nil means the current user.
    private static func home(of user: String?, _ environment: [String: String]) -> String? {
        if user == nil, let home = environment["HOME"] { return home }
        guard let entry = user.map({ getpwnam($0) }) ?? getpwuid(getuid()) else { return nil }
        return String(cString: entry.pointee.pw_dir)
    }
}
