import BertCore
import BertLocks
import Synchronization
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

@Suite struct WorkerPoolTests {
    @Test(arguments: [1, 2, 3, 8], [0, 100])
    func `Every index is visited once`(threads: Int, spins: Int) {
        let pool = WorkerPool(threads: threads, spins: spins)
        #expect(pool.threads == threads)
        for count in [0, 1, 2, 7, 64, 1000] {
            for grain in [0, 1, 3, 2000] {
                let visits = ForkSafeMutex([Int](repeating: 0, count: count))
                pool.forEachRange(count, grain: grain) { range in
                    visits.withLock { for index in range { $0[index] += 1 } }
                }
                #expect(visits.withLock { $0 } == [Int](repeating: 1, count: count))
            }
            let visits = ForkSafeMutex([Int](repeating: 0, count: count))
            pool.forEach(count) { index in visits.withLock { $0[index] += 1 } }
            #expect(visits.withLock { $0 } == [Int](repeating: 1, count: count))
        }
    }

    @Test(arguments: [0, -1, -1000])
    func `Nothing to do is no call`(count: Int) {
        let pool = WorkerPool(threads: 2)
        let calls = CallCount()
        pool.forEachRange(count) { _ in calls.increment() }
        pool.forEach(count) { _ in calls.increment() }
        #expect(calls.value == 0)
    }

    @Test(arguments: [1, 0, -5])
    func `A pool has at least the caller's thread`(threads: Int) {
        #expect(WorkerPool(threads: threads).threads == 1)
    }

    @Test func `A part is at least as long as its grain`() {
        let pool = WorkerPool(threads: 4)
        let lengths = ForkSafeMutex<[Int]>([])
        pool.forEachRange(100, grain: 40) { range in lengths.withLock { $0.append(range.count) } }
        #expect(lengths.withLock { $0.sorted() } == [50, 50])
    }

    @Test func `Several callers at once all get their work done`() async {
        let pool = WorkerPool(threads: 3, spins: 10)
        await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let sum = Atomic<Int>(0)
                    for _ in 0..<300 {
                        pool.forEachRange(37) { range in
                            for index in range { sum.add(index, ordering: .relaxed) }
                        }
                        pool.forEach(5) { sum.add($0, ordering: .relaxed) }
                    }
                    return sum.load(ordering: .sequentiallyConsistent)
                }
            }
            for await sum in group { #expect(sum == 300 * (37 * 36 / 2 + 10)) }
        }
    }

    @Test(arguments: [(1, 4), (2, 2), (3, 2), (4, 1), (5, 1)])
    func `Callers share the threads`(callers: Int, parts: Int) {
        let pool = WorkerPool(threads: 4)
        let lengths = ForkSafeMutex<[Int]>([])
        func call(_ depth: Int) {
            guard depth > 0 else {
                return pool.forEachRange(120) { range in lengths.withLock { $0.append(range.count) } }
            }
            pool.asCaller { call(depth - 1) }
        }
        call(callers)
        #expect(lengths.withLock { $0 } == [Int](repeating: 120 / parts, count: parts))
        // They are released again.
        lengths.withLock { $0 = [] }
        call(1)
        #expect(lengths.withLock { $0.count } == 4)
    }

    @Test func `A lasting caller counts once, and between its passes`() {
        let pool = WorkerPool(threads: 2)
        @Sendable func parts() -> Int {
            let parts = ForkSafeMutex(0)
            pool.forEachRange(120) { _ in parts.withLock { $0 += 1 } }
            return parts.withLock { $0 }
        }
        pool.asLastingCaller {
            for _ in 0..<2 { #expect(pool.asCaller(parts) == 2) }
            #expect(OtherThread { pool.asCaller(parts) }.value == 1)
        }
        #expect(OtherThread { pool.asCaller(parts) }.value == 2)
        // It is a caller of other pools like any other.
        let other = WorkerPool(threads: 2)
        pool.asLastingCaller { other.asCaller { #expect(OtherThread { other.asCaller { other.threads } }.value == 2) } }
    }

    @Test func `Two callers have workers at the same time`() {
        let pool = WorkerPool(threads: 4)
        let (callers, working) = (CallCount(), CallCount())
        let call = { @Sendable () -> Int in
            pool.asCaller {
                callers.increment()
                let parts = ForkSafeMutex(0)
                guard Patience.wait(until: { callers.value == 2 }) else { return 0 }
                pool.forEachRange(2) { _ in
                    working.increment()
                    if Patience.wait(until: { working.value == 4 }) { parts.withLock { $0 += 1 } }
                }
                return parts.withLock { $0 }
            }
        }
        let other = OtherThread(call)
        #expect(call() == 2)
        #expect(other.value == 2)
    }

    @Test func `A worker leaves when another caller comes`() {
        let pool = WorkerPool(threads: 2)
        let (helped, came, done) = (CallCount(), CallCount(), CallCount())
        let other = OtherThread {
            Patience.wait(until: { helped.value > 0 })
                && pool.asCaller {
                    came.increment()
                    return Patience.wait(until: { done.value == 1 })
                }
        }
        let caller = pthread_self()
        pool.asCaller {
            pool.forEach(100) { index in
                if pthread_self() != caller { helped.increment() }
                _ = Patience.wait(until: { came.value == 1 })
            }
        }
        done.increment()
        #expect(helped.value == 1)
        #expect(other.value == true)
    }

    @Test(arguments: [0, 1, 50])
    func `A part that caller and worker reach for at once is done once`(spins: Int) {
        let pool = WorkerPool(threads: 3, spins: spins)
        for round in 0..<3_000 {
            let visits = ForkSafeMutex([0, 0, 0])
            // The caller finishes before or after a worker wakes up.
            pool.forEachRange(3) { range in
                var sum = 0.0
                for index in 0..<(round * 7 % 400) { sum += Double(index).squareRoot() }
                visits.withLock { for index in range where sum >= 0 { $0[index] += 1 } }
            }
            #expect(visits.withLock { $0 } == [1, 1, 1])
        }
    }

    @Test(arguments: [1, 2, 5])
    func `Results come in order, whoever was first`(threads: Int) throws {
        let pool = WorkerPool(threads: threads)
        let squares = try pool.map(50) { index in
            pool.forEach(3) { _ in }
            return index * index
        }
        #expect(squares == (0..<50).map { $0 * $0 })
        #expect(try pool.map(0) { $0 } == [])
        #expect(try pool.map(-1) { $0 } == [])
    }

    @Test func `The first failure ends a map, and nothing begins behind it`() throws {
        struct Failure: Error, Equatable { let index: Int }
        let calls = CallCount()
        #expect(throws: Failure(index: 3)) {
            try WorkerPool(threads: 1).map(100) { index in
                calls.increment()
                if index >= 3 { throw Failure(index: index) }
            }
        }
        #expect(calls.value == 4)
        #expect(throws: Failure.self) {
            try WorkerPool(threads: 4).map(100) { index in throw Failure(index: index) }
        }
    }

    @Test func `The calls of a map belong to the caller's task`() async throws {
        let pool = WorkerPool(threads: 4)
        let scopes = try OperationScope.$current.withValue("here") {
            try pool.map(20) { _ in OperationScope.current ?? "nowhere" }
        }
        #expect(scopes == Array(repeating: "here", count: 20))

        let (started, starter) = AsyncStream.makeStream(of: Void.self)
        let threads = ComputeThreads(1)
        let task = Task {
            try await threads.run {
                try pool.map(4) { _ in
                    starter.yield()
                    while true { try Cancellation.check() }
                }
            }
        }
        for await _ in started { break }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func `Work inside work is done by whoever asks`() {
        let pool = WorkerPool(threads: 2)
        let calls = CallCount()
        pool.forEach(4) { _ in pool.forEachRange(10) { range in for _ in range { calls.increment() } } }
        #expect(calls.value == 40)
    }

    @Test func `What the caller holds is let go when the work is done`() {
        final class Held: Sendable {}
        weak var weakly: Held?
        let pool = WorkerPool(threads: 2)
        do {
            let held = Held()
            weakly = held
            pool.forEachRange(2) { _ in withExtendedLifetime(held) {} }
        }
        #expect(weakly == nil)
    }

    #if os(Linux)
        @Test func `Pools that come and go leave no threads behind`() throws {
            // Other tests start threads, too, so many pools are needed to detect a leak.
            let before = try threadCount()
            for _ in 0..<100 {
                let pool = WorkerPool(threads: 5, spins: 10)
                pool.forEach(10) { _ in }
            }
            var now = try threadCount()
            for _ in 0..<200 where now >= before + 200 {
                var pause = timespec(tv_sec: 0, tv_nsec: 10_000_000)
                nanosleep(&pause, nil)
                now = try threadCount()
            }
            #expect(now < before + 200)
        }

        private func threadCount() throws -> Int {
            let folder = try #require(opendir("/proc/self/task"))
            defer { closedir(folder) }
            var count = 0
            while readdir(folder) != nil { count += 1 }
            return count
        }
    #endif
}
