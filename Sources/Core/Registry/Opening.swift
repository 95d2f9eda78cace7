import BertLocks

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A call to foreign code, such as a backend's `open` or a plugin's constructors, that other threads wait for without
/// holding a lock.
final class Opening<Outcome: Sendable>: Sendable {
    private let wait: Wait
    private let outcome = ForkSafeMutex<Outcome?>(nil)

    /// Creates an opening; the calling thread is the one that opens.
    init() { wait = Wait() }

    /// Waits for the outcome. Returns nil immediately if the opening thread is this thread or waits for it.
    func value() -> Outcome? {
        guard wait.begin() else { return nil }
        defer { wait.end() }
        // Polling is sufficient: opening a library takes milliseconds and happens once.
        while true {
            if let outcome = outcome.withLock({ $0 }) { return outcome }
            usleep(200)
        }
    }

    /// Sets the outcome and releases the waiting threads.
    func end(_ outcome: Outcome) { self.outcome.withLock { $0 = outcome } }
}

/// A thread's dependency on another thread, used to detect cycles.
private final class Wait: Sendable {
    /// The thread that others wait for.
    private let owner = Wait.thread
    private static let waits = ForkSafeMutex<[UInt: Wait]>([:])

    private static var thread: UInt {
        #if canImport(Glibc)
            pthread_self()
        #else
            UInt(bitPattern: pthread_self())
        #endif
    }

    /// Records that this thread waits. Returns false if that would create a cycle, directly or through other threads.
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
