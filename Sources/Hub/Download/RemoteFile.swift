import BertCore

/// A file of a commit, as the hub announces it.
struct RemoteFile: Sendable {
    let name: String
    let commit: String
    /// Names the blob.
    let etag: String
    /// In bytes; nil if the hub doesn't say.
    let size: Int?
}

extension HubConnection {
    /// Where a file of a revision is.
    func address(_ id: String, _ revision: String, _ file: String) throws -> HubURL {
        try settings.url("/\(id)/resolve/\(HubURL.quoted(revision, safe: ""))/\(HubURL.quoted(file))")
    }

    /// Asks for a file's commit, entity tag and size.
    ///
    /// - Parameter revision: a branch, tag or commit.
    /// - Throws: `BertError` `.entryNotFound` if there is no such file.
    func remoteFile(_ subject: HubSubject, at revision: String) throws -> RemoteFile {
        let name = subject.file ?? ""
        let url = try address(subject.id, revision, name)
        return try retrying {
            // The hub itself tells what a file elsewhere is like; a mirror that sends us to a hub does not.
            let (head, place) = try send(
                HTTPRequest(method: .head, url: url),
                stops: { next, head in
                    !next.isSameOrigin(as: settings.endpointURL) && head["X-Repo-Commit"] != nil
                })
            try subject.check(head, from: place, settings)
            guard let commit = head["X-Repo-Commit"], Self.isName(commit) else {
                throw subject.notAHub(url, head.isPage ? "it sends a web page" : "it tells no commit (X-Repo-Commit)")
            }
            guard let etag = head.etag, Self.isName(etag) else {
                throw subject.notAHub(url, "it tells no entity tag that can name a file (ETag)")
            }
            let size = head["X-Linked-Size"].flatMap { Int($0) } ?? (head.location == nil ? head.length : nil)
            return RemoteFile(name: name, commit: commit, etag: etag, size: size.flatMap { $0 < 0 ? nil : $0 })
        }
    }
}
