import BertCore

/// A model of the cache, with every revision that is there.
public struct CachedModel: Sendable, Hashable {
    /// A commit that was downloaded, whole or in part.
    public struct Revision: Sendable, Hashable {
        /// The commit.
        public let commit: String
        /// The branches and tags that point to it, sorted; empty once they have moved on.
        public let references: [String]
        /// Its folder.
        public let folder: String
        /// Its files, sorted by name.
        public let files: [File]
        /// Bytes of its files.
        public var size: Int { files.reduce(0) { $0 + ($1.size ?? 0) } }
    }

    /// A file of a revision.
    public struct File: Sendable, Hashable {
        /// Its name in the repository.
        public let name: String
        /// The name of the blob that it links to; nil if it is a file of its own.
        public let blob: String?
        /// In bytes; nil if it links to nothing.
        public let size: Int?
    }

    /// `name` or `organisation/name`.
    public let id: String
    /// Its folder in the cache.
    public let folder: String
    /// The commits, sorted.
    public let revisions: [Revision]
    /// References whose commit is not there.
    public let danglingReferences: [String]
    /// Names in `blobs` that no revision links to, downloads that were not finished among them; sorted.
    public let unusedBlobs: [String]
    /// Bytes that it takes.
    public let size: Int
}

extension HubCache {
    /// The models in the cache, sorted by their ids.
    public func models() -> [CachedModel] {
        Folders.names(in: folder).compactMap { CachedRepository(folderName: $0, cache: folder) }
            .filter { Folders.info($0.folder)?.isFolder ?? false }.map(\.contents).sorted { $0.id < $1.id }
    }

    /// A model of the cache.
    ///
    /// - Throws: ``BertError`` `.fileNotReadable` if it isn't there.
    public func model(_ id: String) throws -> CachedModel {
        guard let model = models().first(where: { $0.id == id }) else {
            throw BertError(.fileNotReadable, "the model \(id) is not in the cache", file: folder, value: .string(id))
        }
        return model
    }
}

extension CachedRepository {
    /// What is there now.
    var contents: CachedModel {
        var named: [String: [String]] = [:]
        for (name, _) in Folders.files(below: references) where !name.hasSuffix(".tmp") {
            if let commit = commit(of: name) { named[commit, default: []].append(name) }
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
