import BertCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// An unreferenced item in the cache.
public struct CacheWaste: Sendable, Hashable {
    /// The kinds of unreferenced items.
    public enum Kind: String, Sendable {
        /// A commit without a branch or tag.
        case revision
        /// An incomplete download.
        case incomplete
        /// A blob that no revision links to.
        case blob
    }

    /// The kind of the item.
    public let kind: Kind
    /// The id of the model.
    public let id: String
    /// The commit, or the name in `blobs`.
    public let name: String
    /// The path of the item.
    public let path: String
    /// The number of bytes that removing it frees.
    public let size: Int
}

extension HubCache {
    /// Returns the items that can be removed: revisions without a branch or tag, blobs that only these revisions or
    /// none link to, and incomplete downloads that no process is working on. Nothing is removed.
    public func waste() -> [CacheWaste] {
        models().flatMap { model -> [CacheWaste] in
            let repository = CachedRepository(id: model.id, cache: folder)
            let kept = Set(model.revisions.filter { !$0.references.isEmpty }.flatMap(\.files).compactMap(\.blob))
            var seen = kept
            let revisions = model.revisions.filter(\.references.isEmpty).map { revision in
                let own = revision.files.filter { file in file.blob.map { seen.insert($0).inserted } ?? true }
                return CacheWaste(
                    kind: .revision, id: model.id, name: revision.commit, path: revision.folder,
                    size: own.reduce(0) { $0 + ($1.size ?? 0) })
            }
            let blobs = model.unusedBlobs.filter { repository.isIdle($0) }.map { name in
                CacheWaste(
                    kind: name.hasSuffix(".incomplete") ? .incomplete : .blob, id: model.id, name: name,
                    path: repository.blob(name), size: Folders.linkInfo(repository.blob(name))?.size ?? 0)
            }
            return revisions + blobs
        }
    }

    /// Removes the items returned by ``waste()``, except those that are in use now.
    ///
    /// - Returns: The removed items.
    /// - Throws: ``BertError`` `.fileNotReadable` with the path of an item that can't be removed.
    public func remove(_ waste: [CacheWaste]) throws -> [CacheWaste] {
        var removed: [CacheWaste] = []
        for item in waste {
            let repository = CachedRepository(id: item.id, cache: folder)
            let isGone =
                switch item.kind {
                case .revision: try repository.removeRevision(item.name)
                case .blob, .incomplete: try repository.removeBlob(item.name)
                }
            if isGone { removed.append(item) }
        }
        for id in Set(removed.map(\.id)) {
            let repository = CachedRepository(id: id, cache: folder)
            // Remove the repository with its last revision, unless it is in use.
            let model = repository.contents
            if model.revisions.isEmpty, model.unusedBlobs.isEmpty, model.danglingReferences.isEmpty {
                try Folders.remove(repository.folder)
            }
        }
        return removed
    }
}

extension CachedRepository {
    /// Returns whether no process holds the lock of a blob.
    func isIdle(_ name: String) -> Bool {
        let lock = lock(String(name.prefix { $0 != "." }))
        guard Folders.linkInfo(lock) != nil, let attempt = try? BlobLock.attempt(lock) else { return true }
        if case .held = attempt { return false }
        return true
    }

    /// Removes a blob while holding its lock, unless a revision links to it now.
    fileprivate func removeBlob(_ name: String) throws -> Bool {
        guard case .taken(let lock) = try BlobLock.attempt(lock(String(name.prefix { $0 != "." }))) else {
            return false
        }
        return try withExtendedLifetime(lock) {
            guard contents.unusedBlobs.contains(name) else { return false }
            try Folders.remove(blob(name))
            return true
        }
    }

    /// Removes a snapshot, unless it has a reference now, and the blobs that only it links to.
    fileprivate func removeRevision(_ commit: String) throws -> Bool {
        guard let revision = contents.revisions.first(where: { $0.commit == commit }), revision.references.isEmpty
        else {
            return false
        }
        try Folders.remove(revision.folder)
        try Folders.remove("\(missing)/\(commit)")
        try Folders.remove("\(folder)/trees/\(commit).json")
        for blob in Set(revision.files.compactMap(\.blob)).sorted() { _ = try removeBlob(blob) }
        return true
    }
}
