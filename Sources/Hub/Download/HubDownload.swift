import BertCheckpoints
import BertCore

/// A planned download and its files.
public final class HubDownload {
    /// A file to download.
    public struct File: Sendable, Hashable {
        /// The name in the repository.
        public let name: String
        /// The size in bytes; nil if unknown.
        public let size: Int?
        /// Whether the file is already cached.
        public let isCached: Bool
    }

    /// The id of the model.
    public let id: String
    /// The requested branch, tag or commit.
    public let revision: String
    /// The commit that the revision refers to.
    public let commit: String
    /// The files, in download order.
    public let files: [File]
    /// The number of bytes to download.
    public var missingBytes: Int { files.filter { !$0.isCached }.reduce(0) { $0 + ($1.size ?? 0) } }
    /// The path of the folder that the model is downloaded to.
    public var folder: String { repository.snapshot(commit) }

    private let repository: CachedRepository
    private let remote: [RemoteFile]
    private let connection: HubConnection
    private let verifies: Bool

    init(
        _ id: String, _ revision: String, _ include: [String], verifies: Bool, cache: String,
        over connection: HubConnection
    ) throws {
        (self.id, self.revision, self.connection, self.verifies) = (id, revision, connection, verifies)
        let repository = CachedRepository(id: id, cache: cache)
        self.repository = repository
        let subject = HubSubject(id: id, revision: revision)
        let listing = try connection.listing(subject)
        let commit = listing.commit
        self.commit = commit

        var known: [String: RemoteFile] = [:]
        func ask(_ name: String) throws -> RemoteFile {
            if let file = known[name] { return file }
            let about = HubSubject(id: id, revision: revision, file: name)
            do {
                let file = try connection.remoteFile(about, at: commit)
                known[name] = file
                return file
            } catch let error as BertError where error.code == .entryNotFound {
                try repository.noteMissing(name, commit: commit)
                throw error
            }
        }
        func has(_ name: String) throws -> Bool {
            if let files = listing.files { return files.contains(name) }
            do { _ = try ask(name) } catch let error as BertError where error.code == .entryNotFound { return false }
            return true
        }
        func read(_ name: String) throws -> [UInt8] {
            // A damaged file would determine the wrong files, and couldn't be repaired.
            if try repository.holds(ask(name), commit: commit, verifies: verifies) {
                return try Folders.contents(repository.pointer(name, commit: commit))
            }
            let about = HubSubject(id: id, revision: revision, file: name)
            return try connection.get(connection.address(id, commit, name), about: about).body
        }
        let names: [String]
        if include.isEmpty {
            let selection = try FileSelection(has: has, read: read).files()
            names = selection.all
            let there = listing.files.map { $0.sorted().prefix(12).joined(separator: ", ") } ?? ""
            guard !names.isEmpty else {
                throw BertError(
                    .entryNotFound, "the model \(id) has none of the required files; it has: \(there)",
                    value: .string(id))
            }
            if selection.weights.isEmpty {
                connection.observe(
                    .notice(
                        "the repository has no safetensors or PyTorch weights; it has: \(there)"))
            }
        } else {
            names = try Self.matching(include.map { NamePattern($0) }, include, listing, id, has)
        }
        for name in names where !ModelFiles.staysInside(name) {
            throw BertError(
                .hubFailure, "the repository has a file whose path is outside its folder",
                value: .string(name))
        }
        remote = try names.map(ask)
        files = try remote.map { file in
            let isCached = try repository.holds(file, commit: commit, verifies: verifies)
            return File(name: file.name, size: file.size, isCached: isCached)
        }
    }

    /// Returns the files that match patterns.
    private static func matching(
        _ patterns: [NamePattern], _ texts: [String], _ listing: RepositoryListing, _ id: String,
        _ has: (String) throws -> Bool
    ) throws -> [String] {
        var names: Set<String> = []
        for (pattern, text) in zip(patterns, texts) {
            var found = (listing.files ?? []).filter(pattern.matches)
            if found.isEmpty, pattern.isName, listing.files == nil, try has(text) { found = [text] }
            guard !found.isEmpty else {
                let there = listing.files.map { "it has: " + $0.sorted().prefix(20).joined(separator: ", ") }
                throw BertError(
                    .entryNotFound,
                    "the model \(id) has no matching files; \(there ?? "this hub lists no files, so that patterns can't be used")",
                    key: "--include", value: .string(text))
            }
            names.formUnion(found)
        }
        return names.sorted()
    }

    /// Downloads and verifies missing files, and updates the reference of the revision.
    ///
    /// - Returns: The path of the model's folder.
    /// - Throws: ``BertError``. Partial downloads are kept, and resumed by the next download.
    @discardableResult public func run() throws -> String {
        for (file, state) in zip(remote, files) where !state.isCached {
            let subject = HubSubject(id: id, revision: revision, file: file.name)
            try BlobDownload(
                file, subject, commit: commit, verifies: verifies, into: repository, over: connection
            ).run()
        }
        try repository.setCommit(of: revision, to: commit)
        return folder
    }
}

extension CachedRepository {
    /// Returns whether a snapshot contains a file of the announced size.
    ///
    /// - Parameter verifies: Whether to verify the contents as well.
    func holds(_ file: RemoteFile, commit: String, verifies: Bool) throws -> Bool {
        try holds(file, at: pointer(file.name, commit: commit), verifies: verifies)
    }

    /// Returns whether the file at a path has the announced size and, optionally, contents.
    func holds(_ file: RemoteFile, at path: String, verifies: Bool) throws -> Bool {
        guard let info = Folders.info(path), info.isFile, file.size.map({ $0 == info.size }) ?? true else {
            return false
        }
        guard verifies else { return true }
        var digest = ContentDigest(etag: file.etag, size: info.size)
        guard digest.isChecked else { return true }
        try digest.update(file: path, count: info.size)
        return digest.mismatch == nil
    }
}

extension Folders {
    /// Returns the contents of a small file.
    static func contents(_ path: String) throws -> [UInt8] { try OpenFile(reading: path).read(limit: 64 << 20) }
}
