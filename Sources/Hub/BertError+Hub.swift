public import BertCore

/// Error codes of the hub. ``BertError/value`` is the model id unless specified otherwise.
extension BertError.Code {
    /// The repository doesn't exist, or is private and the token has no access.
    public static let repositoryNotFound = Self("repositoryNotFound")
    /// The repository has no such branch, tag or commit (``BertError/value``).
    public static let revisionNotFound = Self("revisionNotFound")
    /// The repository has no such file (``BertError/file``).
    public static let entryNotFound = Self("entryNotFound")
    /// The repository is gated: its owner grants access on request.
    public static let gatedRepository = Self("gatedRepository")
    /// The hub denies access to the repository.
    public static let accessRefused = Self("accessRefused")
    /// The token is invalid.
    public static let invalidToken = Self("invalidToken")
    /// A download is required, but the environment or the caller doesn't allow it.
    public static let offline = Self("offline")
    /// The connection failed repeatedly, or the server's certificate isn't trusted.
    public static let connectionFailed = Self("connectionFailed")
    /// The hub or a server that it redirects to responded with an error (``BertError/value``: the status).
    public static let hubFailure = Self("hubFailure")
    /// The server isn't a hub: a captive portal, a proxy or a wrong endpoint.
    public static let notAHub = Self("notAHub")
    /// The disk has less free space (``BertError/limit``, in bytes) than required (``BertError/value``).
    public static let diskFull = Self("diskFull")
    /// The digest of a file (``BertError/value``) differs from the one that the hub announced (``BertError/limit``).
    public static let tamperedFile = Self("tamperedFile")
}
