import BertCore

/// What checking a cached file found.
public struct CacheFinding: Sendable, Hashable {
    /// The kinds of finding.
    public enum Kind: String, Sendable {
        /// The contents are those that the file was announced by.
        case sound
        /// The contents are others: the file was damaged or changed.
        case damaged
        /// It links to a blob that isn't there.
        case missing
        /// Nothing tells what its contents should be.
        case unchecked
    }

    /// What was found.
    public let kind: Kind
    /// The commit.
    public let commit: String
    /// The file's name in the repository.
    public let name: String
    /// Its path.
    public let path: String
    /// The digest that it should have; nil if nothing tells.
    public let expected: String?
    /// The digest that it has, if that is another.
    public let found: String?
}

extension CachedModel {
    /// Compares the contents of every file with the digest that names its blob. Asks no hub.
    ///
    /// - Parameters:
    ///   - revision: a commit, or a branch or tag; nil is all.
    ///   - report: told each finding as it comes.
    /// - Throws: ``BertError`` `.revisionNotFound` if there is no such revision, `.fileNotReadable` if a file can't be read.
    public func verify(revision: String? = nil, report: (CacheFinding) throws -> Void) throws {
        let chosen = revisions.filter {
            revision == nil || $0.commit == revision || $0.references.contains(revision ?? "")
        }
        guard revision == nil || !chosen.isEmpty else {
            throw BertError(
                .revisionNotFound, "the cache has no such revision of \(id)", key: "--revision",
                value: .string(revision ?? ""))
        }
        // Revisions share blobs.
        var known: [String: String?] = [:]
        for revision in chosen {
            for file in revision.files {
                let path = "\(revision.folder)/\(file.name)"
                func finding(_ kind: CacheFinding.Kind, found: String? = nil) -> CacheFinding {
                    CacheFinding(
                        kind: kind, commit: revision.commit, name: file.name, path: path,
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
