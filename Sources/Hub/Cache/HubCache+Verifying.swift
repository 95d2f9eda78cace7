import BertCore

/// The result of verifying a cached file.
public struct CacheFinding: Sendable, Hashable {
    /// The kinds of results.
    public enum Kind: String, Sendable {
        /// The contents match their digest.
        case sound
        /// The contents differ from their digest: the file was damaged or modified.
        case damaged
        /// The file links to a blob that doesn't exist, or the branch or tag to a snapshot that doesn't.
        case missing
        /// The expected digest is unknown.
        case unchecked
    }

    /// The kind of the result.
    public let kind: Kind
    /// The commit.
    public let commit: String
    /// The branches and tags of the commit.
    public let references: [String]
    /// The name of the file in the repository; `refs/` and the name for a branch or tag.
    public let name: String
    /// The path of the file.
    public let path: String
    /// The expected digest; nil if unknown.
    public let expected: String?
    /// The actual digest, if it differs.
    public let found: String?

    /// What is wrong, or why the contents weren't verified; nil for sound files.
    public var reason: String? {
        switch kind {
        case .sound: nil
        case .damaged: "its digest is \(found ?? ""), not \(expected ?? "")"
        case .missing:
            name.hasPrefix("refs/")
                ? "there is no snapshot of its commit \"\(commit)\"" : "its blob is missing"
        case .unchecked:
            Folders.target(of: path).map { "it links to \($0), whose name is no digest" }
                ?? "it is no link to a blob, whose name would be its digest"
        }
    }
}

extension CachedModel {
    /// Verifies every file against the digest in the name of its blob, and that the snapshots of branches and tags exist.
    /// Doesn't access the network.
    ///
    /// - Parameters:
    ///   - revision: A commit, branch or tag; nil for all.
    ///   - report: Called with each result.
    /// - Throws: ``BertError`` `.revisionNotFound` if there is no such revision, or `.fileNotReadable` if a file can't
    ///   be read.
    public func verify(revision: String? = nil, report: (CacheFinding) throws -> Void) throws {
        let chosen = revisions.filter {
            revision == nil || $0.commit == revision || $0.references.contains(revision ?? "")
        }
        guard revision == nil || !chosen.isEmpty else {
            throw BertError(
                .revisionNotFound, "the cache has no such revision of \(id)", key: "--revision",
                value: .string(revision ?? ""))
        }
        for name in danglingReferences where revision == nil {
            let repository = CachedRepository(id: id, cache: folder.parentFolder)
            try report(
                CacheFinding(
                    kind: .missing, commit: repository.contents(ofReference: name) ?? "", references: [name],
                    name: "refs/\(name)", path: repository.reference(name), expected: nil, found: nil))
        }
        // Revisions share blobs.
        var known: [String: String?] = [:]
        for revision in chosen {
            for file in revision.files {
                let path = "\(revision.folder)/\(file.name)"
                func finding(_ kind: CacheFinding.Kind, found: String? = nil) -> CacheFinding {
                    CacheFinding(
                        kind: kind, commit: revision.commit, references: revision.references, name: file.name,
                        path: path,
                        expected: kind == .unchecked ? nil : file.blob, found: found)
                }
                guard let size = file.size else {
                    try report(finding(.missing))
                    continue
                }
                guard let blob = file.blob, case var digest = ContentDigest(etag: blob, size: size), digest.isChecked
                else {
                    try report(finding(.unchecked))
                    continue
                }
                let mismatch: String?
                if let earlier = known[blob] {
                    mismatch = earlier
                } else {
                    try digest.update(file: path, count: size)
                    mismatch = digest.mismatch
                    known[blob] = .some(mismatch)
                }
                try report(finding(mismatch == nil ? .sound : .damaged, found: mismatch))
            }
        }
    }
}
