#if canImport(Glibc)
    @preconcurrency import Glibc
#elseif canImport(Musl)
    @preconcurrency import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A notice or warning of the registry.
public struct BackendEvent: Sendable, Hashable {
    /// How much it matters.
    public enum Level: String, Sendable {
        /// Worth knowing, such as the backend that `auto` took.
        case notice
        /// Probably a mistake, such as an unknown variable.
        case warning
    }
    /// How much it matters.
    public let level: Level
    /// The text, one sentence.
    public let message: String

    /// Makes an event.
    public init(_ level: Level, _ message: String) {
        self.level = level
        self.message = message
    }
}

/// Receives events; may be called from any thread.
public typealias BackendObserver = @Sendable (BackendEvent) -> Void

/// Writes events to standard error, one per line.
@Sendable func writeToStandardError(_ event: BackendEvent) {
    fputs("bert: \(event.level.rawValue): \(event.message)\n", stderr)
}
