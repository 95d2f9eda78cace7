import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Foreign code that one thread runs, such as a backend's `open` or a plugin's constructors, while others wait for what comes of
/// it. No lock is held meanwhile.
final class Opening<Outcome: Sendable>: Sendable {
    private let wait: Wait
    private let outcome = Mutex<Outcome?>(nil)

    /// The thread that calls this is the one that opens.
    init() { wait = Wait() }

    /// What comes of it; nil at once if the thread that opens waits for this thread, or is it.
    func value() -> Outcome? {
        guard wait.begin() else { return nil }
        defer { wait.end() }
        // Opening a library takes milliseconds and happens once.
        while true {
            if let outcome = outcome.withLock({ $0 }) { return outcome }
            usleep(200)
        }
    }

    /// Lets those go on who wait.
    func end(_ outcome: Outcome) { self.outcome.withLock { $0 = outcome } }
}

/// What a thread waits for: a circle would never end.
private final class Wait: Sendable {
    /// The thread that is waited for.
    private let owner = Wait.thread
    private static let waits = Mutex<[UInt: Wait]>([:])

    private static var thread: UInt {
        #if canImport(Glibc)
            pthread_self()
        #else
            UInt(bitPattern: pthread_self())
        #endif
    }

    /// Notes that this thread waits; false if the owner waits for this thread, through others too, or is it.
    func begin() -> Bool {
        let thread = Self.thread
        return Self.waits.withLock { waits in
            var next: Wait? = self
            while let wait = next {
                if wait.owner == thread { return false }
                next = waits[wait.owner]
            }
            waits[thread] = self
            return true
        }
    }

    func end() { Self.waits.withLock { _ = $0.removeValue(forKey: Self.thread) } }
}
