import BertCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The subject of a request, for messages.
struct HubSubject: Sendable {
    let id: String
    let revision: String
    var file: String?

    /// Checks the status of a response.
    ///
    /// - Throws: ``HubConnection/Setback`` for temporary failures, otherwise `BertError` with an explanation of the
    ///   status.
    func check(_ head: HTTPHead, from url: HubURL, _ settings: HubSettings) throws {
        switch head.status {
        case 200..<400: return
        case 408, 425, 429, 500...599: throw setback(head, url, settings)
        default: throw error(head, url, settings)
        }
    }

    private func setback(_ head: HTTPHead, _ url: HubURL, _ settings: HubSettings) -> HubConnection.Setback {
        let wait = head.retryAfter(now: time(nil))
        var text = LabelledText(
            head.status == 429
                ? "\(url.place) returned status 429: too many requests" : "\(url.place) answers with \(head.status)")
        text.add("reason", head["X-Error-Message"])
        if let wait { text.add("wait", "try again after \(Int(wait.rounded(.up))) s") }
        if head.status == 429, !settings.hasToken {
            text.add("fix", "set HF_TOKEN: requests with a token have a higher limit")
        }
        return HubConnection.Setback(
            error: BertError(.hubFailure, text.description, file: file, value: .int(head.status)), wait: wait)
    }

    private func error(_ head: HTTPHead, _ url: HubURL, _ settings: HubSettings) -> BertError {
        let words = head["X-Error-Message"]
        let token = settings.hasToken ? "the token has no access to it" : "no token is set"
        func labelled(_ headline: String, _ fix: String?) -> String {
            var text = LabelledText(headline)
            text.add("reason", words)
            text.add("fix", fix)
            return text.description
        }
        switch (head["X-Error-Code"], head.status) {
        case ("GatedRepo", _):
            let message = labelled(
                "the model \(id) is gated: access must be requested (\(token))",
                "request access at \(settings.endpoint)/\(id), then set HF_TOKEN")
            return BertError(.gatedRepository, message, value: .string(id))
        case ("RevisionNotFound", _):
            let message = labelled(
                "the model \(id) has no branch, tag or commit \"\(revision)\"",
                "see \(settings.endpoint)/\(id)/tree/main")
            return BertError(.revisionNotFound, message, key: "--revision", value: .string(revision))
        case ("EntryNotFound", _),
            (nil, 404) where file != nil:
            return BertError(
                .entryNotFound, "the model \(id) has no such file in the revision \(revision)", file: file,
                value: .string(id))
        case (_, 401) where words == "Invalid credentials in Authorization header":
            let message = labelled("the token is invalid", "correct HF_TOKEN or the token file, or unset it")
            return BertError(.invalidToken, message, value: .string(id))
        case ("RepoNotFound", _), (_, 401), (_, 404):
            let message = labelled(
                "the model \(id) doesn't exist at \(settings.endpoint), or it is private and \(token)",
                "check the spelling; for a private model, set HF_TOKEN")
            return BertError(.repositoryNotFound, message, value: .string(id))
        case (_, 403):
            let message = labelled(
                "access to the model \(id) was denied (403, \(token))", "check the permissions of the token in HF_TOKEN"
            )
            return BertError(.accessRefused, message, value: .string(id))
        default:
            return BertError(
                .hubFailure, labelled("\(url.shown) answers with \(head.status)", nil), file: file,
                value: .int(head.status))
        }
    }

    /// Returns the error for a response that isn't from a hub.
    func notAHub(_ url: HubURL, _ why: String) -> BertError {
        var text = LabelledText("\(url.host) is not a hub: \(why)")
        text.add(
            "fix",
            "open \(url.origin)/ in a browser, because the network may have a login page; check HF_ENDPOINT and proxies"
        )
        return BertError(.notAHub, text.description, file: file, value: .string(url.host))
    }
}
