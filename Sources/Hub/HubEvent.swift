/// An event during a download, for logs and progress bars. Contains no secrets: URLs have no queries.
public enum HubEvent: Sendable, Hashable {
    /// A response was received.
    case answered(method: String, url: String, status: Int)
    /// The next attempt starts after a number of seconds.
    case waits(seconds: Double, reason: String)
    /// Another process is downloading the file.
    case waitsForOther(file: String)
    /// A download starts, at a nonzero offset if it is resumed.
    case begins(file: String, size: Int?, at: Int)
    /// Bytes of the file were received.
    case received(file: String, bytes: Int)
    /// Received bytes were discarded, and the download restarts at an offset.
    case restarts(file: String, at: Int)
    /// The file has been verified and is in the cache.
    case ends(file: String)
    /// A message for the user.
    case notice(String)
}
