import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A backend that one thread opens while others wait.
final class BackendOpening: Sendable {
    /// The thread that opens.
    private let owner = BackendOpening.thread
    private let result = Mutex<BackendStatus?>(nil)

    // For each thread that waits, what it waits for: a circle would never end.
    private static let waits = Mutex<[UInt: BackendOpening]>([:])

    private static var thread: UInt {
        #if canImport(Glibc)
            pthread_self()
        #else
            UInt(bitPattern: pthread_self())
        #endif
    }

    /// What the other thread finds; nil at once if that one waits for this thread, or is it.
    func wait() -> BackendStatus? {
        let thread = Self.thread
        let ends = Self.waits.withLock { waits in
            var next: BackendOpening? = self
            while let opening = next {
                if opening.owner == thread { return false }
                next = waits[opening.owner]
            }
            waits[thread] = self
            return true
        }
        guard ends else { return nil }
        defer { Self.waits.withLock { _ = $0.removeValue(forKey: thread) } }
        // Opening a library takes milliseconds and happens once.
        while true {
            if let status = result.withLock({ $0 }) { return status }
            usleep(200)
        }
    }

    /// Lets those go on who wait.
    func end(_ status: BackendStatus) { result.withLock { $0 = status } }
}
