import CBertThreads
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// How many parts of a piece of work are not done, on the stack of the caller that waits for them.
struct Countdown {
    // One element: the number of parts, and a bit that says that the caller sleeps.
    private let pending: UnsafeMutableBufferPointer<Atomic<Int>>
    private let sleepers: SleepingCallers
    private static let asleep = 1 << 62

    /// Runs `body` with a countdown from `count`, which has ended when `body` returns.
    static func from(_ count: Int, _ sleepers: SleepingCallers, _ body: (Countdown) -> Void) {
        withUnsafeTemporaryAllocation(of: Atomic<Int>.self, capacity: 1) { pending in
            pending.initializeElement(at: 0, to: Atomic(count))
            body(Countdown(pending: pending, sleepers: sleepers))
            pending.deinitializeElement(at: 0)
        }
    }

    /// No other countdown that has not ended has the same.
    var identity: UInt { UInt(bitPattern: pending.baseAddress) }

    private var isDone: Bool { pending[0].load(ordering: .acquiring) & ~Self.asleep == 0 }

    /// Says that a part is done. If it was the last one, the countdown is gone when this returns.
    func countDown() {
        // From the subtraction on, the memory may be the caller's again.
        let sleepers = sleepers
        let (_, left) = pending[0].wrappingSubtract(1, ordering: .acquiringAndReleasing)
        if left == Self.asleep { sleepers.wake() }
    }

    /// Waits until all parts are done: looks `spins` times, then sleeps.
    func wait(spins: Int) {
        for _ in 0...spins {
            if isDone { return }
            bert_spin_pause()
        }
        _ = pending[0].bitwiseOr(Self.asleep, ordering: .acquiringAndReleasing)
        sleepers.sleep { isDone }
    }
}

/// Where the callers of a pool sleep whose work is still with workers.
final class SleepingCallers: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// In the child of a fork, where nobody sleeps: whoever held the lock is in the parent.
    func revive() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    /// Sleeps until `isDone`, which is asked after each ``wake()``.
    func sleep(until isDone: () -> Bool) {
        pthread_mutex_lock(mutex)
        while !isDone() { pthread_cond_wait(condition, mutex) }
        pthread_mutex_unlock(mutex)
    }

    /// Has all look whether their work is done.
    func wake() {
        // With the lock: a caller that has looked and doesn't sleep yet holds it.
        pthread_mutex_lock(mutex)
        pthread_cond_broadcast(condition)
        pthread_mutex_unlock(mutex)
    }
}

/// One thread of a ``WorkerPool``, with a mailbox for one piece of work.
final class Worker: @unchecked Sendable {
    private struct Work {
        let part: Int
        let body: (Int) -> Void
        let pending: Countdown
    }

    /// What a mailbox says; anything else is the identity of the countdown whose work lies in it.
    private enum Mail { static let free: UInt = 0, taken: UInt = 1, stop: UInt = 2 }

    // `work` belongs to whoever changed `mail` to `taken`: to a claimer, until it posts; to the thread that begins with
    // the work; to the claimer again who withdraws it. So it is never touched by two threads at once.
    private var work: Work?
    private let mail = Atomic<UInt>(Mail.free)
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

    /// Starts the thread once more, in the child of a fork; if the system has none to give, the worker is never free.
    func revive() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
        asleep.store(false, ordering: .relaxed)
        mail.store(Mail.free, ordering: .releasing)
        if !DetachedThread.start({ self.loop() }) { mail.store(Mail.taken, ordering: .releasing) }
    }

    /// Has the thread for the caller, who posts work to it then; false if it is somebody else's.
    func claim() -> Bool { mail.load(ordering: .relaxed) == Mail.free && change(Mail.free, to: Mail.taken) }

    /// Has the thread, which the caller claimed, call `body(part)`, count `pending` down and be free again.
    func post(_ part: Int, _ body: @escaping (Int) -> Void, _ pending: Countdown) {
        work = Work(part: part, body: body, pending: pending)
        raise(pending.identity)
    }

    /// Takes back work that the thread has not begun, for the poster to do it; false if the thread has begun. The thread
    /// may be somebody else's by then, with other work.
    func withdraw(_ pending: Countdown) -> Bool {
        guard change(pending.identity, to: Mail.taken) else { return false }
        work = nil
        mail.store(Mail.free, ordering: .releasing)
        return true
    }

    private func change(_ value: UInt, to new: UInt) -> Bool {
        mail.compareExchange(expected: value, desired: new, ordering: .acquiringAndReleasing).exchanged
    }

    /// Ends the thread. It is free.
    func stop() { raise(Mail.stop) }

    private func raise(_ value: UInt) {
        mail.store(value, ordering: .sequentiallyConsistent)
        guard asleep.load(ordering: .sequentiallyConsistent) else { return }
        pthread_mutex_lock(mutex)
        pthread_cond_signal(condition)
        pthread_mutex_unlock(mutex)
    }

    private func loop() {
        while true {
            let value = nextMail()
            guard value != Mail.stop else { return }
            guard change(value, to: Mail.taken), let work = work.take() else { continue }
            perform(work)
        }
    }

    /// In a function of its own, so that the closure is released before the count goes down.
    private func perform(_ work: consuming Work) {
        let pending = work.pending
        work.body(work.part)
        _ = consume work
        mail.store(Mail.free, ordering: .releasing)
        pending.countDown()
    }

    /// What to do next: to stop, or the identity of a countdown.
    private func nextMail() -> UInt {
        for _ in 0...spins {
            let value = mail.load(ordering: .acquiring)
            if value > Mail.taken { return value }
            bert_spin_pause()
        }
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        asleep.store(true, ordering: .sequentiallyConsistent)
        defer { asleep.store(false, ordering: .relaxed) }
        while true {
            let value = mail.load(ordering: .sequentiallyConsistent)
            if value > Mail.taken { return value }
            pthread_cond_wait(condition, mutex)
        }
    }
}
