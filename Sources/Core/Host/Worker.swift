import CBertThreads
import Synchronization

/// The number of unfinished parts of some work, stored on the stack of the waiting caller.
@safe struct Countdown {
    // One element: the number of parts, and a bit that is set while the caller sleeps. The caller keeps it until it is 0.
    private let pending: UnsafeMutableBufferPointer<Atomic<Int>>
    private let sleepers: SleepingCallers
    private static let asleep = 1 << 62

    /// Runs `body` with a countdown that starts at `count` and must reach 0 before `body` returns.
    static func from(_ count: Int, _ sleepers: SleepingCallers, _ body: (Countdown) -> Void) {
        unsafe withUnsafeTemporaryAllocation(of: Atomic<Int>.self, capacity: 1) { pending in
            unsafe pending.initializeElement(at: 0, to: Atomic(count))
            unsafe body(Countdown(pending: pending, sleepers: sleepers))
            unsafe pending.deinitializeElement(at: 0)
        }
    }

    /// A value that is unique among active countdowns.
    var identity: UInt { unsafe UInt(bitPattern: pending.baseAddress) }

    private var isDone: Bool { unsafe pending[0].load(ordering: .acquiring) & ~Self.asleep == 0 }

    /// Marks a part as done. After the last part, the countdown may no longer exist when this method returns.
    func countDown() {
        // After the subtraction, the memory may be reused by the caller.
        let sleepers = sleepers
        let (_, left) = unsafe pending[0].wrappingSubtract(1, ordering: .acquiringAndReleasing)
        if left == Self.asleep { sleepers.wake() }
    }

    /// Waits until all parts are done: polls `spins` times, then sleeps.
    func wait(spins: Int) {
        for _ in 0...spins {
            if isDone { return }
            bert_spin_pause()
        }
        _ = unsafe pending[0].bitwiseOr(Self.asleep, ordering: .acquiringAndReleasing)
        sleepers.sleep { isDone }
    }
}

/// The condition variable that callers sleep on while workers process their work.
final class SleepingCallers: Sendable {
    private let monitor = Monitor()

    /// Resets the lock in the child of a fork.
    func revive() { monitor.revive() }

    /// Sleeps until `isDone` returns true. It is evaluated after each ``wake()``.
    func sleep(until isDone: () -> Bool) {
        monitor.locked {
            while !isDone() { monitor.wait() }
        }
    }

    /// Wakes all callers to check whether their work is done.
    func wake() {
        // Hold the lock: a caller that has checked the condition but doesn't sleep yet holds it as well.
        monitor.locked { monitor.broadcast() }
    }
}

/// A thread of a ``WorkerPool``, with a mailbox for a single work item.
final class Worker: @unchecked Sendable {
    private struct Work {
        let part: Int
        let body: (Int) -> Void
        let pending: Countdown
    }

    /// The states of the mailbox. All other values identify the countdown of the work in it.
    private enum Mail { static let free: UInt = 0, taken: UInt = 1, stop: UInt = 2 }

    // `work` is owned by whoever changed `mail` to `taken`: a claimer until it posts, the thread when it starts the
    // work, or the claimer that withdraws it. So two threads never access it at the same time.
    private var work: Work?
    private let mail = Atomic<UInt>(Mail.free)
    private let asleep = Atomic<Bool>(false)
    private let monitor = Monitor()
    private let spins: Int

    /// Starts the thread. Returns nil if the system can't create one.
    init?(spins: Int) {
        self.spins = spins
        // The thread retains the worker until it is stopped.
        guard DetachedThread.start({ self.loop() }) else { return nil }
    }

    /// Restarts the thread in the child of a fork. If the system can't create one, the worker stays taken.
    func revive() {
        monitor.revive()
        asleep.store(false, ordering: .relaxed)
        mail.store(Mail.free, ordering: .releasing)
        if !DetachedThread.start({ self.loop() }) { mail.store(Mail.taken, ordering: .releasing) }
    }

    /// Reserves the thread for the caller, who then posts work to it. Returns false if it is already in use.
    func claim() -> Bool { mail.load(ordering: .relaxed) == Mail.free && change(Mail.free, to: Mail.taken) }

    /// Makes the claimed thread call `body(part)`, decrement `pending` and become free again.
    func post(_ part: Int, _ body: @escaping (Int) -> Void, _ pending: Countdown) {
        work = Work(part: part, body: body, pending: pending)
        raise(pending.identity)
    }

    /// Withdraws work that the thread hasn't started, so that the poster can do it. Returns false if the work has
    /// started; the thread may then already be processing work of another caller.
    func withdraw(_ pending: Countdown) -> Bool {
        guard change(pending.identity, to: Mail.taken) else { return false }
        work = nil
        mail.store(Mail.free, ordering: .releasing)
        return true
    }

    private func change(_ value: UInt, to new: UInt) -> Bool {
        mail.compareExchange(expected: value, desired: new, ordering: .acquiringAndReleasing).exchanged
    }

    /// Ends the thread, which must be free.
    func stop() { raise(Mail.stop) }

    private func raise(_ value: UInt) {
        mail.store(value, ordering: .sequentiallyConsistent)
        guard asleep.load(ordering: .sequentiallyConsistent) else { return }
        monitor.locked { monitor.signal() }
    }

    private func loop() {
        while true {
            let value = nextMail()
            guard value != Mail.stop else { return }
            guard change(value, to: Mail.taken), let work = work.take() else { continue }
            perform(work)
        }
    }

    /// A separate function, so that the closure is released before the countdown is decremented.
    private func perform(_ work: consuming Work) {
        let pending = work.pending
        work.body(work.part)
        _ = consume work
        mail.store(Mail.free, ordering: .releasing)
        pending.countDown()
    }

    /// Returns the next state of the mailbox: to stop, or the identity of a countdown.
    private func nextMail() -> UInt {
        for _ in 0...spins {
            let value = mail.load(ordering: .acquiring)
            if value > Mail.taken { return value }
            bert_spin_pause()
        }
        return monitor.locked {
            asleep.store(true, ordering: .sequentiallyConsistent)
            defer { asleep.store(false, ordering: .relaxed) }
            while true {
                let value = mail.load(ordering: .sequentiallyConsistent)
                if value > Mail.taken { return value }
                monitor.wait()
            }
        }
    }
}
