import BertCore
import BertLocks
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A pool of scratch memory for computing threads. It contains as many blocks as have been used concurrently.
///
/// All pools of the process keep at most ``idleLimit`` bytes in unused blocks; others are freed after use.
package final class ScratchPool: Sendable {
    private struct Block: @unchecked Sendable {
        // Owned by the pool or by one thread.
        var start: UnsafeMutableRawPointer?
        var byteCount = 0
    }
    private let idle = ForkSafeMutex<[Block]>([])
    /// The maximum number of bytes in unused blocks of all pools.
    package static let idleLimit = 1 << 28
    /// The number of bytes in unused blocks of all pools.
    private static let idleBytes = Atomic<Int>(0)

    package init() {}

    deinit {
        for block in idle.withLock({ $0 }) {
            Self.idleBytes.subtract(block.byteCount, ordering: .relaxed)
            free(block.start)
        }
    }

    private func keep(_ block: Block) {
        guard let start = block.start else { return }
        let (_, kept) = Self.idleBytes.add(block.byteCount, ordering: .relaxed)
        guard kept <= Self.idleLimit else {
            Self.idleBytes.subtract(block.byteCount, ordering: .relaxed)
            return free(start)
        }
        idle.withLock { $0.append(block) }
    }

    /// Calls `body` with at least `byteCount` bytes, aligned to 64 bytes, or with nil if memory can't be allocated.
    package func withMemory<Result>(_ byteCount: Int, _ body: (UnsafeMutableRawPointer?) -> Result) -> Result {
        var block = idle.withLock { $0.popLast() } ?? Block()
        Self.idleBytes.subtract(block.byteCount, ordering: .relaxed)
        // Never 0, so that nil means that the allocation failed.
        let byteCount = max(byteCount, 4_096)
        if block.byteCount < byteCount {
            free(block.start)
            block = Block()
            if let start = HostMemory.shared.systemMemory(byteCount) {
                block = Block(start: start, byteCount: byteCount)
            }
        }
        let result = body(block.byteCount >= byteCount ? block.start : nil)
        keep(block)
        return result
    }
}
