import BertCore

/// A model in the cache with all of its cached revisions.
public struct CachedModel: Sendable, Hashable {
    /// A commit that was downloaded completely or in part.
    public struct Revision: Sendable, Hashable {
        /// The commit hash.
        public let commit: String
        /// The branches and tags that point to the commit, sorted; empty if they have moved on.
        public let references: [String]
        /// The path of the snapshot folder.
        public let folder: String
        /// The files, sorted by name.
        public let files: [File]
        /// The total size of the files in bytes.
        public var size: Int { files.reduce(0) { $0 + ($1.size ?? 0) } }
    }

    /// A file of a revision.
    public struct File: Sendable, Hashable {
        /// The name in the repository.
        public let name: String
        /// The name of the blob that the file links to; nil if it is a regular file.
        public let blob: String?
        /// The size in bytes; nil for a dangling link.
        public let size: Int?
    }

    /// The id, `name` or `organization/name`.
    public let id: String
    /// The path of the repository folder in the cache.
    public let folder: String
    /// The cached commits, sorted.
    public let revisions: [Revision]
    /// The names of branches and tags whose commit isn't cached.
    public let danglingReferences: [String]
    /// Blobs that no revision links to, including incomplete downloads, sorted by name.
    public let unusedBlobs: [String]
    /// The total size in bytes.
    public let size: Int
}

extension HubCache {
    /// Returns the models in the cache, sorted by id.
    public func models() -> [CachedModel] {
        Folders.names(in: folder).compactMap { CachedRepository(folderName: $0, cache: folder) }
            .filter { Folders.info($0.folder)?.isFolder ?? false }.map(\.contents).sorted { $0.id < $1.id }
    }

    /// Returns a model in the cache.
    ///
    /// - Throws: ``BertError`` `.fileNotReadable` if it isn't cached.
    public func model(_ id: String) throws -> CachedModel {
        guard let model = models().first(where: { $0.id == id }) else {
            throw BertError(.fileNotReadable, "the model \(id) is not in the cache", file: folder, value: .string(id))
        }
        return model
    }
}

extension CachedRepository {
    /// The current contents.
    var contents: CachedModel {
        var named: [String: [String]] = [:]
        for (name, _) in Folders.files(below: references) where !name.hasSuffix(".tmp") {
            if let commit = contents(ofReference: name) { named[commit, default: []].append(name) }
        }
        var used: Set<String> = []
        let revisions = Folders.names(in: snapshots).filter { Folders.linkInfo(snapshot($0))?.isFolder ?? false }.map {
            commit in
            let files = Folders.files(below: snapshot(commit)).filter { !$0.name.hasSuffix(".tmp") || !$0.info.isLink }
                .map { name, info in
                    let path = pointer(name, commit: commit)
                    let blob = info.isLink ? Folders.target(of: path)?.split(separator: "/").last.map(String.init) : nil
                    if let blob { used.insert(blob) }
                    return CachedModel.File(name: name, blob: blob, size: Folders.info(path)?.size)
                }
            return CachedModel.Revision(
                commit: commit, references: named[commit] ?? [], folder: snapshot(commit),
                files: files.sorted { $0.name < $1.name })
        }
        let commits = Set(revisions.map(\.commit))
        let all = Folders.files(below: folder).filter { !$0.info.isLink }
        return CachedModel(
            id: id, folder: folder, revisions: revisions,
            danglingReferences: named.filter { !commits.contains($0.key) }.flatMap(\.value).sorted(),
            unusedBlobs: Folders.names(in: blobs).filter { !used.contains($0) },
            size: all.reduce(0) { $0 + $1.info.size })
    }
}
