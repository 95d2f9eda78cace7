import BertLocks
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A detector of out-of-bounds writes to tensors.
///
/// Tensors created by ``HostMemory`` within ``watch(_:)`` are surrounded by sentinels, and their elements are
/// initialized with NaN. The sentinels are checked when the tensor is freed.
package final class MemoryGuard: Sendable {
    @TaskLocal fileprivate static var local: MemoryGuard?
    /// Checked before the task-local value, which is slower to read, so that tensors have no overhead without a guard.
    private static let active = Atomic<Int>(0)
    private let found = ForkSafeMutex<[String]>([])

    package init() {}

    static var current: MemoryGuard? { active.load(ordering: .relaxed) == 0 ? nil : local }

    /// Runs `body` and guards all tensors that it creates on this thread.
    package func watch<Result>(_ body: () throws -> Result) rethrows -> Result {
        Self.active.wrappingAdd(1, ordering: .relaxed)
        defer { Self.active.wrappingSubtract(1, ordering: .relaxed) }
        return try Self.$local.withValue(self, operation: body)
    }

    /// The out-of-bounds writes found in tensors that have been freed.
    package var damages: [String] { found.withLock { $0 } }

    func allocate(_ byteCount: Int) throws -> GuardedBlock {
        guard let block = GuardedBlock(byteCount: byteCount, guardian: self) else {
            throw BertError(.outOfMemory, "not enough memory for a tensor of \(byteCount) bytes")
        }
        return block
    }

    func report(_ damage: String) { found.withLock { $0.append(damage) } }
}

/// A block of memory surrounded by sentinels.
@safe final class GuardedBlock: @unchecked Sendable {
    // The sentinels are written before the block is shared and read after it is freed.
    private static let margin = 64
    private static let sentinel: UInt8 = 0xA5
    private let base: UnsafeMutableRawPointer
    private let guardian: MemoryGuard
    let byteCount: Int

    var start: UnsafeMutableRawPointer { unsafe base + Self.margin }

    init?(byteCount: Int, guardian: MemoryGuard) {
        var pointer: UnsafeMutableRawPointer?
        guard unsafe posix_memalign(&pointer, Self.margin, byteCount + 2 * Self.margin) == 0,
            let start = unsafe pointer
        else { return nil }
        unsafe base = start
        self.byteCount = byteCount
        self.guardian = guardian
        unsafe memset(base, Int32(Self.sentinel), byteCount + 2 * Self.margin)
        // All ones is NaN in every floating-point type, which reveals uninitialized elements.
        unsafe memset(base + Self.margin, 0xFF, byteCount)
    }

    deinit {
        for offset in 0..<Self.margin {
            if unsafe base.load(fromByteOffset: offset, as: UInt8.self) != Self.sentinel {
                guardian.report("\(Self.margin - offset) bytes before a tensor of \(byteCount) bytes")
                break
            }
            let after = Self.margin + byteCount + offset
            if unsafe base.load(fromByteOffset: after, as: UInt8.self) != Self.sentinel {
                guardian.report("\(offset) bytes after a tensor of \(byteCount) bytes")
                break
            }
        }
        unsafe free(base)
    }
}
