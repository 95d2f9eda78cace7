import BertCore
import BertJSON

/// The commit and the files of a revision.
struct RepositoryListing: Sendable {
    let commit: String
    /// The names of the files; nil if the hub doesn't list them, in which case each file is requested individually.
    let files: Set<String>?
}

extension HubConnection {
    /// Requests the commit and the files of a revision.
    func listing(_ subject: HubSubject) throws -> RepositoryListing {
        let revision = HubURL.quoted(subject.revision, safe: "")
        let url = try settings.url("/api/models/\(subject.id)/revision/\(revision)")
        let (head, body): (HTTPHead, [UInt8])
        do { (head, body) = try get(url, about: subject) } catch let error as BertError
            where error.code == .repositoryNotFound
        {
            // A plain file server without the API of the hub.
            var config = subject
            config.file = "config.json"
            guard let file = try? remoteFile(config, at: subject.revision) else { throw error }
            return RepositoryListing(commit: file.commit, files: nil)
        }
        let object: JSONNode
        do { object = try JSONNode(parsing: body, source: url.shown, options: .python) } catch {
            throw subject.notAHub(
                url,
                head.isPage || body.first == UInt8(ascii: "<")
                    ? "the response is a web page" : "the response is not JSON")
        }
        guard let commit = object["sha"]?.value.stringValue, Self.isName(commit) else {
            throw subject.notAHub(url, "the response has no commit")
        }
        if let siblings = object["siblings"]?.value.arrayValue {
            return RepositoryListing(commit: commit, files: Set(siblings.compactMap { $0["rfilename"]?.stringValue }))
        }
        return RepositoryListing(commit: commit, files: try tree(subject, commit))
    }

    /// Returns the files of a commit, from the paginated API.
    private func tree(_ subject: HubSubject, _ commit: String) throws -> Set<String> {
        var files: Set<String> = []
        var next: HubURL? = try settings.url("/api/models/\(subject.id)/tree/\(commit)?recursive=True&expand=False")
        for _ in 0..<1_000 {
            guard let url = next else { return files }
            let (head, body) = try get(url, about: subject)
            guard let entries = try? JSONValue(parsing: body, options: .python).arrayValue else {
                throw subject.notAHub(url, "the response has no list of files")
            }
            for entry in entries where entry["type"]?.stringValue != "directory" {
                if let path = entry["path"]?.stringValue { files.insert(path) }
            }
            next = Self.nextPage(head).flatMap { url.resolving($0) }
            if let next, !next.isSameOrigin(as: url) {
                throw subject.notAHub(url, "the next page of the file list is on another host")
            }
        }
        throw subject.notAHub(settings.endpointURL, "the file list has too many pages")
    }

    /// Returns the URL in `Link: <…>; rel="next"`.
    private static func nextPage(_ head: HTTPHead) -> String? {
        for part in (head["Link"] ?? "").split(separator: ",") where part.contains("rel=\"next\"") {
            guard let start = part.firstIndex(of: "<"), let end = part.firstIndex(of: ">"), start < end else {
                continue
            }
            return String(part[part.index(after: start)..<end])
        }
        return nil
    }

    /// Returns whether a string is a valid name for a folder or file in the cache.
    static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 200 && text.first != "."
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.+=".contains($0)) }
    }
}
