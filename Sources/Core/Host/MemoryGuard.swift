import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Detects writes outside a tensor.
///
/// Tensors that are made in ``HostMemory`` within ``watch(_:)`` lie between two rows of sentinels, and their elements
/// start as NaN. The sentinels are checked when the tensor is freed.
package final class MemoryGuard: Sendable {
    @TaskLocal fileprivate static var local: MemoryGuard?
    /// Read before the task-local value, which is slower, so that tensors don't pay while no guard is active.
    private static let active = Atomic<Int>(0)
    private let found = Mutex<[String]>([])

    package init() {}

    static var current: MemoryGuard? { active.load(ordering: .relaxed) == 0 ? nil : local }

    /// Runs `body` and guards every tensor that it makes on this thread.
    package func watch<Result>(_ body: () throws -> Result) rethrows -> Result {
        Self.active.wrappingAdd(1, ordering: .relaxed)
        defer { Self.active.wrappingSubtract(1, ordering: .relaxed) }
        return try Self.$local.withValue(self, operation: body)
    }

    /// The writes outside of tensors that were freed.
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
    // The sentinels are written before the block is shared, and read after it is freed.
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
        // All ones are NaN in every floating-point type, so unwritten elements show.
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
