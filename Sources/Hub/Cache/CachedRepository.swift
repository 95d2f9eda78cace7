import BertCheckpoints
import BertCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The layout of a model in a cache: `models--organization--name/{blobs,refs,snapshots}`.
///
/// Blobs are named by their ETag and snapshots by their commit. The files of a snapshot are relative links to blobs. A
/// reference is a file that contains the commit of a branch or tag.
struct CachedRepository: Sendable, Hashable {
    let id: String
    let cache: String

    static let prefix = "models--"

    private var name: String { Self.prefix + id.split(separator: "/").joined(separator: "--") }
    var folder: String { "\(cache)/\(name)" }
    var blobs: String { "\(folder)/blobs" }
    var references: String { "\(folder)/refs" }
    var snapshots: String { "\(folder)/snapshots" }
    var missing: String { "\(folder)/.no_exist" }
    /// Locks are stored outside, so that a repository can be deleted.
    var locks: String { "\(cache)/.locks/\(name)" }

    init(id: String, cache: String) { (self.id, self.cache) = (id, cache) }

    /// Parses the name of a folder in the cache; returns nil if it isn't a model's.
    init?(folderName: String, cache: String) {
        guard folderName.hasPrefix(Self.prefix) else { return nil }
        var (parts, rest) = ([""], folderName.dropFirst(Self.prefix.count))
        while let character = rest.first {
            if rest.hasPrefix("--"), parts.count == 1, !parts[0].isEmpty {
                parts.append("")
                rest = rest.dropFirst(2)
            } else {
                parts[parts.count - 1].append(character)
                rest = rest.dropFirst()
            }
        }
        self.init(id: parts.joined(separator: "/"), cache: cache)
        guard name == folderName, HubCache.isModelID(id) else { return nil }
    }

    func reference(_ revision: String) -> String { "\(references)/\(revision)" }
    func snapshot(_ commit: String) -> String { "\(snapshots)/\(commit)" }
    func pointer(_ file: String, commit: String) -> String { "\(snapshots)/\(commit)/\(file)" }
    func blob(_ etag: String) -> String { "\(blobs)/\(etag)" }
    func lock(_ etag: String) -> String { "\(locks)/\(etag).lock" }

    /// Returns the commit of a branch or tag at the time of its download; nil if there is no such reference, or if it doesn't
    /// contain the name of a snapshot.
    func commit(of revision: String) -> String? {
        contents(ofReference: revision).flatMap { HubCache.isRevision($0) && !$0.contains("/") ? $0 : nil }
    }

    /// Returns the contents of the file of a branch or tag, which should be a commit; nil if there is no such reference.
    func contents(ofReference revision: String) -> String? {
        (try? OpenFile(reading: reference(revision)).read(limit: 1 << 10)).map {
            String(String(decoding: $0, as: UTF8.self).prefix { !$0.isWhitespace })
        }
    }

    /// Sets the commit of a branch or tag.
    func setCommit(of revision: String, to commit: String) throws {
        guard revision != commit, self.commit(of: revision) != commit else { return }
        try Folders.make(reference(revision).parentFolder)
        try AtomicFile.replace(reference(revision), with: commit)
    }

    /// Records that a commit has no such file.
    func noteMissing(_ file: String, commit: String) throws {
        let path = "\(missing)/\(commit)/\(file)"
        try Folders.make(path.parentFolder)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw Folders.failure(path, "can't be made") }
        close(descriptor)
    }

    /// Returns the target of the link to a blob, relative to the folder of the file.
    static func link(from file: String, to etag: String) -> String {
        String(repeating: "../", count: 2 + file.utf8.count { $0 == UInt8(ascii: "/") }) + "blobs/\(etag)"
    }
}

/// File system operations of the cache.
enum Folders {
    /// Returns the sorted names in a folder; none if it can't be read.
    static func names(in path: String) -> [String] { (try? Folder.names(in: path)) ?? [] }

    /// Returns the files below a folder with their status, by relative path. Links aren't followed.
    static func files(below folder: String) -> [(name: String, info: stat)] {
        var result: [(name: String, info: stat)] = []
        for name in names(in: folder) {
            guard let info = linkInfo("\(folder)/\(name)") else { continue }
            if info.isFolder {
                result += files(below: "\(folder)/\(name)").map { ("\(name)/\($0.name)", $0.info) }
            } else {
                result.append((name, info))
            }
        }
        return result
    }

    /// Creates a folder and its ancestors.
    ///
    /// - Throws: ``BertError`` `.fileNotReadable`.
    static func make(_ path: String) throws {
        if mkdir(path, 0o777) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, path.parentFolder != path else { throw failure(path, "can't be made") }
        try make(path.parentFolder)
        guard mkdir(path, 0o777) == 0 || errno == EEXIST else { throw failure(path, "can't be made") }
    }

    /// Returns the status of a file, following links; nil if it doesn't exist.
    static func info(_ path: String) -> stat? {
        var info = stat()
        return stat(path, &info) == 0 ? info : nil
    }

    /// Returns the status of a file without following links; nil if it doesn't exist.
    static func linkInfo(_ path: String) -> stat? {
        var info = stat()
        return lstat(path, &info) == 0 ? info : nil
    }

    /// Returns the target of a symbolic link; nil if it isn't a link.
    static func target(of link: String) -> String? {
        var buffer = [CChar](repeating: 0, count: 4_096)
        guard readlink(link, &buffer, buffer.count - 1) > 0 else { return nil }
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Removes a file, or a folder with its contents. Succeeds if it doesn't exist.
    static func remove(_ path: String) throws {
        guard let info = linkInfo(path) else { return }
        if info.isFolder {
            for name in names(in: path) { try remove("\(path)/\(name)") }
            guard rmdir(path) == 0 || errno == ENOENT else { throw failure(path, "can't be removed") }
        } else {
            guard unlink(path) == 0 || errno == ENOENT else { throw failure(path, "can't be removed") }
        }
    }

    /// Returns an error with the message of the system.
    static func failure(_ path: String, _ what: String) -> BertError {
        let isFull = errno == ENOSPC || errno == EDQUOT
        return BertError(isFull ? .diskFull : .fileNotReadable, "\(what): \(systemMessage())", file: path)
    }
}

extension stat {
    var isFolder: Bool { st_mode & S_IFMT == S_IFDIR }
    var isLink: Bool { st_mode & S_IFMT == S_IFLNK }
    var isFile: Bool { st_mode & S_IFMT == S_IFREG }
    var size: Int { Int(st_size) }
}

extension String {
    /// The path of the parent folder.
    var parentFolder: String {
        guard let slash = lastIndex(of: "/") else { return "." }
        return slash == startIndex ? "/" : String(self[..<slash])
    }
}
