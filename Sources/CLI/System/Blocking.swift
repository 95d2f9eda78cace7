import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Runs asynchronous work from a program that isn't.
enum Blocking {
    private final class Outcome: Sendable {
        let result = Mutex<Result<Void, any Error>?>(nil)
    }

    /// Blocks the calling thread until `body` is done.
    static func run(_ body: @escaping @Sendable () async throws -> Void) throws {
        let outcome = Outcome()
        let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
        sem_init(semaphore, 0, 0)
        defer { semaphore.deallocate() }
        let handle = UInt(bitPattern: semaphore)
        Task {
            let result: Result<Void, any Error>
            do { result = .success(try await body()) } catch { result = .failure(error) }
            outcome.result.withLock { $0 = result }
            if let semaphore = UnsafeMutablePointer<sem_t>(bitPattern: handle) { sem_post(semaphore) }
        }
        while sem_wait(semaphore) != 0 {}
        try outcome.result.withLock { $0 }?.get()
    }
}
