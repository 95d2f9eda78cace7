/// What happens during a download, for logs and progress bars. Holds no secrets: addresses come without their queries.
public enum HubEvent: Sendable, Hashable {
    /// A request was answered.
    case answered(method: String, url: String, status: Int)
    /// The next try comes after a number of seconds.
    case waits(seconds: Double, reason: String)
    /// Another program downloads a file; it is waited for.
    case waitsForOther(file: String)
    /// A file is begun, at a byte that is not 0 if an earlier download is continued.
    case begins(file: String, size: Int?, at: Int)
    /// Bytes of the file came.
    case received(file: String, bytes: Int)
    /// Bytes that came are of no use: the file begins anew at a byte.
    case restarts(file: String, at: Int)
    /// The file is in the cache, checked.
    case ends(file: String)
    /// Something that a person should know.
    case notice(String)
}
