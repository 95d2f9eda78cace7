import BertCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Something in the cache that nothing refers to.
public struct CacheWaste: Sendable, Hashable {
    /// The kinds of waste.
    public enum Kind: String, Sendable {
        /// A commit that no branch or tag stands for any more.
        case revision
        /// A download that was not finished.
        case incomplete
        /// A blob that no revision links to.
        case blob
    }

    /// What it is.
    public let kind: Kind
    /// The model that it belongs to.
    public let id: String
    /// The commit, or the name in `blobs`.
    public let name: String
    /// Its path.
    public let path: String
    /// Bytes that go with it.
    public let size: Int
}

extension HubCache {
    /// What can go: revisions without a branch or tag, blobs that only they link to, blobs that nothing links to, and downloads that were
    /// not finished and that no program is at work on. Nothing is removed.
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

    /// Removes what ``waste()`` found, unless it is in use by now.
    ///
    /// - Returns: what was removed.
    /// - Throws: ``BertError`` `.fileNotReadable` with the path that can't be removed.
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
            // The last revision takes the repository with it, if nobody is at work there.
            let model = repository.contents
            if model.revisions.isEmpty, model.unusedBlobs.isEmpty, model.danglingReferences.isEmpty {
                try Folders.remove(repository.folder)
            }
        }
        return removed
    }
}

extension CachedRepository {
    /// Whether no program holds the lock of a blob.
    func isIdle(_ name: String) -> Bool {
        let lock = lock(String(name.prefix { $0 != "." }))
        guard Folders.linkInfo(lock) != nil, let attempt = try? BlobLock.attempt(lock) else { return true }
        if case .held = attempt { return false }
        return true
    }

    /// Removes a blob under its lock, if no revision links to it now.
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

    /// Removes a snapshot that has no reference now, and the blobs that only it links to.
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
