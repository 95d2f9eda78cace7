/// A notice or warning of the registry.
public struct BackendEvent: Sendable, Hashable {
    /// The severity of an event.
    public enum Level: String, Sendable {
        /// Informational, such as the backend that `auto` selected.
        case notice
        /// A likely mistake, such as an unknown variable.
        case warning
    }
    /// The severity.
    public let level: Level
    /// The message, a single sentence.
    public let message: String

    /// Creates an event.
    public init(_ level: Level, _ message: String) {
        self.level = level
        self.message = message
    }
}

/// A closure that receives events. It may be called from any thread.
public typealias BackendObserver = @Sendable (BackendEvent) -> Void

/// Writes events to standard error, one per line.
@Sendable func writeToStandardError(_ event: BackendEvent) {
    writeToStandardError("bert: \(event.level.rawValue): \(event.message)\n")
}
