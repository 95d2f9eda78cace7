import Bert
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// `Soak PACKAGE_FOLDER [MINUTES]`: runs all pipelines in one process with four concurrent callers, and cancels calls
/// at random times. Fails if a result is different from the first result of its call, if memory grows, or if a canceled
/// call leaks memory.
let arguments = CommandLine.arguments
guard arguments.count > 1 else { fatalError("Soak PACKAGE_FOLDER [MINUTES]") }
let minutes = arguments.count > 2 ? Double(arguments[2]) ?? 30 : 30
let work = try Work.all(arguments[1])
var first: [String: String] = [:]
for (name, call) in work { first[name] = try await call() }
let expected = first

let finishedCalls = Atomic<Int>(0)
let cancelledCalls = Atomic<Int>(0)
let end = ContinuousClock.now + .seconds(60 * minutes)

/// Runs a random call, which may be canceled.
@Sendable func callOnce(_ generator: inout SystemRandomNumberGenerator) async throws {
    guard let (name, body) = work.randomElement(using: &generator) else { return }
    let task = Task { try await body() }
    if Bool.random(using: &generator) {
        try await Task.sleep(for: .microseconds(Int.random(in: 0...4_000, using: &generator)))
        task.cancel()
    }
    do {
        let result = try await task.value
        guard result == expected[name] else { fatalError("\(name): \(result)\nat first: \(expected[name] ?? "")") }
        finishedCalls.add(1, ordering: .relaxed)
    } catch is CancellationError { cancelledCalls.add(1, ordering: .relaxed) }
}

let callers = (0..<4).map { _ in
    Task.detached {
        var generator = SystemRandomNumberGenerator()
        while ContinuousClock.now < end { try await callOnce(&generator) }
    }
}
// When every code path has run, the memory is constant.
try await Task.sleep(for: .seconds(60 * minutes * 0.2))
let (early, tensors) = (Memory.resident, HostMemory.shared.statistics.liveBytes)
print("after \(Int(12 * minutes)) s: \(early >> 20) MiB, \(finishedCalls.load(ordering: .relaxed)) calls")
for caller in callers { try await caller.value }
let late = Memory.resident
let (finished, cancelled) = (finishedCalls.load(ordering: .relaxed), cancelledCalls.load(ordering: .relaxed))
print("after \(minutes) min: \(late >> 20) MiB, \(finished) calls, \(cancelled) cancelled")
guard finished > 0, cancelled > 0 else { fatalError("nothing ran, or nothing was cancelled") }
// Only the models' own tensors remain.
let left = HostMemory.shared.statistics.liveBytes
guard left <= tensors else { fatalError("\(left) bytes of tensors, \(tensors) while calls ran") }
guard late < early + early / 10 + (8 << 20) else { fatalError("memory grew from \(early) to \(late) bytes") }
guard ComputeThreads.shared.load == 0 else { fatalError("\(ComputeThreads.shared.load) calls were left behind") }
