import BertCore

/// The metadata of a file in a commit.
struct RemoteFile: Sendable {
    let name: String
    let commit: String
    /// The ETag, which is the name of the blob.
    let etag: String
    /// The size in bytes; nil if unknown.
    let size: Int?
}

extension HubConnection {
    /// Returns the URL of a file in a revision.
    func address(_ id: String, _ revision: String, _ file: String) throws -> HubURL {
        try settings.url("/\(id)/resolve/\(HubURL.quoted(revision, safe: ""))/\(HubURL.quoted(file))")
    }

    /// Requests the commit, ETag and size of a file.
    ///
    /// - Parameter revision: A branch, tag or commit.
    /// - Throws: `BertError` `.entryNotFound` if the file doesn't exist.
    func remoteFile(_ subject: HubSubject, at revision: String) throws -> RemoteFile {
        let name = subject.file ?? ""
        let url = try address(subject.id, revision, name)
        return try retrying {
            // Stop at redirects of the hub, whose response already contains the metadata. A mirror that redirects to a
            // hub doesn't provide it.
            let (head, place) = try send(
                HTTPRequest(method: .head, url: url),
                stops: { next, head in
                    !next.isSameOrigin(as: settings.endpointURL) && head["X-Repo-Commit"] != nil
                })
            try subject.check(head, from: place, settings)
            guard let commit = head["X-Repo-Commit"], Self.isName(commit) else {
                throw subject.notAHub(
                    url, head.isPage ? "the response is a web page" : "the response has no commit (X-Repo-Commit)")
            }
            guard let etag = head.etag, Self.isName(etag) else {
                throw subject.notAHub(url, "the response has no valid entity tag (ETag)")
            }
            let size = head["X-Linked-Size"].flatMap { Int($0) } ?? (head.location == nil ? head.length : nil)
            return RemoteFile(name: name, commit: commit, etag: etag, size: size.flatMap { $0 < 0 ? nil : $0 })
        }
    }
}
