#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A value that only one thread accesses at a time, like `Synchronization.Mutex`, also in the child of a fork.
///
/// On Linux, `Synchronization.Mutex` stores the id of the thread that has locked it, and a thread remembers its id.
/// After a fork, the remembered id of the child's only thread is that of a thread of the parent, so the child traps as
/// soon as another of its threads waits for the lock. This mutex doesn't know its owner.
package struct ForkSafeMutex<Value>: ~Copyable, @unchecked Sendable {
    // Safe to share: the value is only accessed while the lock is held.
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let value = UnsafeMutablePointer<Value>.allocate(capacity: 1)

    /// Creates a mutex with an initial value.
    package init(_ initial: consuming sending Value) {
        lock.initialize(to: pthread_mutex_t())
        let code = pthread_mutex_init(lock, nil)
        precondition(code == 0, "pthread_mutex_init: \(code)")
        value.initialize(to: initial)
    }

    deinit {
        pthread_mutex_destroy(lock)
        value.deinitialize(count: 1)
        value.deallocate()
        lock.deallocate()
    }

    /// Calls `body` with the value while no other thread can access it. `body` must not lock the same mutex.
    package borrowing func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        return try body(&value.pointee)
    }
}
