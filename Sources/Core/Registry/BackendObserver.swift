#if canImport(Glibc)
    @preconcurrency import Glibc
#elseif canImport(Musl)
    @preconcurrency import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Something the registry has to say that is no error.
public struct BackendEvent: Sendable, Hashable {
    /// How much it matters.
    public enum Level: String, Sendable {
        /// Worth knowing: which backend `auto` took.
        case notice
        /// Probably a mistake: a variable that means nothing.
        case warning
    }
    /// How much it matters.
    public let level: Level
    /// A sentence.
    public let message: String

    /// An event.
    public init(_ level: Level, _ message: String) {
        self.level = level
        self.message = message
    }
}

/// Receives events; may be called from any thread.
public typealias BackendObserver = @Sendable (BackendEvent) -> Void

/// Writes events to standard error, a line each.
@Sendable func writeToStandardError(_ event: BackendEvent) {
    fputs("bert: \(event.level.rawValue): \(event.message)\n", stderr)
}
