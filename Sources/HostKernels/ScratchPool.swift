import BertCore
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Working memory for the threads that compute: as many blocks as were ever in use at once, each as large as was needed.
package final class ScratchPool: Sendable {
    private struct Block: @unchecked Sendable {
        // Owned by the pool or by one thread.
        var start: UnsafeMutableRawPointer?
        var byteCount = 0
    }
    private let idle = Mutex<[Block]>([])

    package init() {}

    deinit { for block in idle.withLock({ $0 }) { free(block.start) } }

    /// Calls `body` with memory of at least `byteCount` bytes, aligned to 64, or with nil if there is none to be had.
    package func withMemory<Result>(_ byteCount: Int, _ body: (UnsafeMutableRawPointer?) -> Result) -> Result {
        var block = idle.withLock { $0.popLast() } ?? Block()
        // Never nothing, so that nil means that the system has no more.
        let byteCount = max(byteCount, 4_096)
        if block.byteCount < byteCount {
            free(block.start)
            block = Block()
            var pointer: UnsafeMutableRawPointer?
            if posix_memalign(&pointer, 64, byteCount) == 0 { block = Block(start: pointer, byteCount: byteCount) }
        }
        let result = body(block.byteCount >= byteCount ? block.start : nil)
        idle.withLock { $0.append(block) }
        return result
    }
}
