public import BertCore

/// What goes wrong with the hub. ``BertError/value`` is the model's id unless a code says otherwise.
extension BertError.Code {
    /// There is no such repository, or it is private and the token does not open it.
    public static let repositoryNotFound = Self("repositoryNotFound")
    /// The repository has no such branch, tag or commit (``BertError/value``).
    public static let revisionNotFound = Self("revisionNotFound")
    /// The repository has no such file (``BertError/file``).
    public static let entryNotFound = Self("entryNotFound")
    /// The repository's owner grants access on request.
    public static let gatedRepository = Self("gatedRepository")
    /// The hub knows the repository and refuses access.
    public static let accessRefused = Self("accessRefused")
    /// The hub does not know the token.
    public static let invalidToken = Self("invalidToken")
    /// A download is needed, and the environment or the caller forbids it.
    public static let offline = Self("offline")
    /// No connection, one that was cut again and again, or a certificate that is not trusted.
    public static let connectionFailed = Self("connectionFailed")
    /// The hub, or a server that it leads to, answered with an error (``BertError/value``: the status).
    public static let hubFailure = Self("hubFailure")
    /// Whoever answered is no hub: a network's login page, a proxy, a wrong endpoint.
    public static let notAHub = Self("notAHub")
    /// The disk has less room (``BertError/limit``, bytes) than is needed (``BertError/value``).
    public static let diskFull = Self("diskFull")
    /// A file's contents (``BertError/value``: their digest) are not those that the hub announced (``BertError/limit``).
    public static let tamperedFile = Self("tamperedFile")
}
