import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Finds out who writes beside a tensor.
///
/// Tensors that are made in ``HostMemory`` within ``watch(_:)`` lie between two rows of sentinels, and their elements
/// begin as NaNs; the sentinels are looked at when the tensor goes away.
package final class MemoryGuard: Sendable {
    @TaskLocal fileprivate static var local: MemoryGuard?
    /// Asked before the task-local value, which takes longer to read: no tensor pays for a guard that isn't there.
    private static let active = Atomic<Int>(0)
    private let found = Mutex<[String]>([])

    package init() {}

    static var current: MemoryGuard? { active.load(ordering: .relaxed) == 0 ? nil : local }

    /// Runs `body` with every tensor guarded that it makes on this thread.
    package func watch<Result>(_ body: () throws -> Result) rethrows -> Result {
        Self.active.wrappingAdd(1, ordering: .relaxed)
        defer { Self.active.wrappingSubtract(1, ordering: .relaxed) }
        return try Self.$local.withValue(self, operation: body)
    }

    /// What was written beside tensors that are gone.
    package var damages: [String] { found.withLock { $0 } }

    func allocate(_ byteCount: Int) throws -> GuardedBlock {
        guard let block = GuardedBlock(byteCount: byteCount, guardian: self) else {
            throw BertError(.outOfMemory, "no memory for a tensor of \(byteCount) bytes")
        }
        return block
    }

    func report(_ damage: String) { found.withLock { $0.append(damage) } }
}

/// Memory between sentinels.
final class GuardedBlock: @unchecked Sendable {
    // The sentinels are written before anybody else has the block, and read when nobody has it any more.
    private static let margin = 64
    private static let sentinel: UInt8 = 0xA5
    private let base: UnsafeMutableRawPointer
    private let guardian: MemoryGuard
    let byteCount: Int

    var start: UnsafeMutableRawPointer { base + Self.margin }

    init?(byteCount: Int, guardian: MemoryGuard) {
        var pointer: UnsafeMutableRawPointer?
        guard posix_memalign(&pointer, Self.margin, byteCount + 2 * Self.margin) == 0, let pointer else { return nil }
        base = pointer
        self.byteCount = byteCount
        self.guardian = guardian
        memset(base, Int32(Self.sentinel), byteCount + 2 * Self.margin)
        // All ones are a NaN in every floating-point type: an element that is never written shows.
        memset(base + Self.margin, 0xFF, byteCount)
    }

    deinit {
        for offset in 0..<Self.margin {
            let (before, after) = (base + offset, base + Self.margin + byteCount + offset)
            if before.load(as: UInt8.self) != Self.sentinel {
                guardian.report("\(Self.margin - offset) bytes before a tensor of \(byteCount) bytes")
                break
            }
            if after.load(as: UInt8.self) != Self.sentinel {
                guardian.report("\(offset) bytes after a tensor of \(byteCount) bytes")
                break
            }
        }
        free(base)
    }
}
