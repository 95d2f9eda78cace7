import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// An atomic count that several objects hold.
final class Counter: Sendable {
    let value = Atomic<Int>(0)
}

/// One thread of a ``WorkerPool``, with a mailbox for one piece of work.
final class Worker: @unchecked Sendable {
    private struct Work {
        let part: Int
        let body: (Int) -> Void
        let finished: Counter
    }

    private enum Mail { static let empty = 0, work = 1, stop = 2 }

    // `work` is written by `post` before `mail` is raised, and taken by whoever lowers `mail` again, the thread or
    // `withdraw`; the poster writes again only when the work is done. So it is never touched by two threads at once.
    private var work: Work?
    private let mail = Atomic<Int>(Mail.empty)
    private let asleep = Atomic<Bool>(false)
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let spins: Int

    /// Starts the thread; nil if the system has none to give.
    init?(spins: Int) {
        self.spins = spins
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
        // The thread owns the worker until it is stopped.
        guard DetachedThread.start({ self.loop() }) else { return nil }
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Has the thread call `body(part)` and then count `finished` down. The mailbox is empty.
    func post(_ part: Int, _ body: @escaping (Int) -> Void, finished: Counter) {
        work = Work(part: part, body: body, finished: finished)
        raise(Mail.work)
    }

    /// Takes back work that the thread has not begun, for the poster to do it; false if the thread has begun.
    func withdraw() -> Bool {
        guard lower() else { return false }
        work = nil
        return true
    }

    /// Empties the mailbox of work; true for the one who did.
    private func lower() -> Bool {
        mail.compareExchange(expected: Mail.work, desired: Mail.empty, ordering: .acquiringAndReleasing).exchanged
    }

    /// Ends the thread. The mailbox is empty.
    func stop() { raise(Mail.stop) }

    private func raise(_ value: Int) {
        mail.store(value, ordering: .sequentiallyConsistent)
        guard asleep.load(ordering: .sequentiallyConsistent) else { return }
        pthread_mutex_lock(mutex)
        pthread_cond_signal(condition)
        pthread_mutex_unlock(mutex)
    }

    private func loop() {
        while true {
            switch nextMail() {
            case Mail.stop: return
            default:
                guard lower(), let work = work.take() else { continue }
                perform(work)
            }
        }
    }

    /// In a function of its own, so that the closure is released before the count goes down.
    private func perform(_ work: consuming Work) {
        let finished = work.finished
        work.body(work.part)
        _ = consume work
        finished.value.subtract(1, ordering: .releasing)
    }

    private func nextMail() -> Int {
        for _ in 0...spins {
            let value = mail.load(ordering: .acquiring)
            if value != Mail.empty { return value }
        }
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        asleep.store(true, ordering: .sequentiallyConsistent)
        defer { asleep.store(false, ordering: .relaxed) }
        while true {
            let value = mail.load(ordering: .sequentiallyConsistent)
            if value != Mail.empty { return value }
            pthread_cond_wait(condition, mutex)
        }
    }
}
