#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A value that is shared by several threads, which can wait for it to change.
package final class Monitor<Value>: @unchecked Sendable {
    // `value` is accessed only while `mutex` is locked.
    private var value: Value
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    package init(_ value: sending Value) {
        self.value = value
        pthread_mutex_init(mutex, nil)
        #if canImport(Darwin)
            pthread_cond_init(condition, nil)
        #else
            var attributes = pthread_condattr_t()
            pthread_condattr_init(&attributes)
            pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
            pthread_cond_init(condition, &attributes)
            pthread_condattr_destroy(&attributes)
        #endif
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Accesses the value.
    package func withLock<Result, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value)
    }

    /// Changes the value and wakes up one waiting thread.
    package func signal<Result>(_ body: (inout Value) -> sending Result) -> sending Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        let result = body(&value)
        pthread_cond_signal(condition)
        return result
    }

    /// Wakes up one waiting thread.
    package func wakeOne() { pthread_cond_signal(condition) }

    /// Changes the value and wakes up all waiting threads.
    package func broadcast(_ body: (inout Value) -> Void) {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        body(&value)
        pthread_cond_broadcast(condition)
    }

    /// Blocks the thread until `body` returns a result. `body` is called immediately and whenever the
    /// thread is woken up.
    package func wait<Result>(for body: (inout Value) -> sending Result?) -> sending Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            if let result = body(&value) { return result }
            pthread_cond_wait(condition, mutex)
        }
    }

    /// What a thread waits for.
    package enum Wait<Result> {
        /// Nothing: it has its result.
        case result(Result)
        /// The next wake-up.
        case change
        /// The next wake-up, or the end of a duration.
        case time(Duration)
    }

    /// Blocks the thread until `body` returns a result. `body` is called immediately, whenever the thread is woken up,
    /// and after the durations that it returns.
    package func wait<Result>(until body: (inout Value) -> sending Wait<Result>) -> sending Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            switch body(&value) {
            case .result(let result): return result
            case .change: pthread_cond_wait(condition, mutex)
            case .time(let duration): wait(for: duration)
            }
        }
    }

    private func wait(for duration: Duration) {
        let nanoseconds =
            Int(max(0, min(duration.components.seconds, 1 << 30))) * 1_000_000_000
            + Int(duration.components.attoseconds / 1_000_000_000)
        #if canImport(Darwin)
            var time = timespec(tv_sec: nanoseconds / 1_000_000_000, tv_nsec: nanoseconds % 1_000_000_000)
            pthread_cond_timedwait_relative_np(condition, mutex, &time)
        #else
            var time = timespec()
            clock_gettime(CLOCK_MONOTONIC, &time)
            let end = Int(time.tv_nsec) + nanoseconds
            time.tv_sec += end / 1_000_000_000
            time.tv_nsec = end % 1_000_000_000
            pthread_cond_timedwait(condition, mutex, &time)
        #endif
    }
}
