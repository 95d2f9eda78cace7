import BertLocks

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Memory that its user owns alone.
@safe private struct Block: @unchecked Sendable {
    let start: UnsafeMutableRawPointer
    let byteCount: Int
}

/// Tensor storage in host memory. All CPU backends share this type, so they can use each other's tensors.
@safe public final class HostStorage: TensorStorage, @unchecked Sendable {
    // Written only by the operation that creates the tensor, and immutable afterward.
    private let block: Block
    /// The size of the smallest block for the tensor. The actual one may be larger.
    private let neededCount: Int
    private let recycler: HostMemory?
    private var borrowed: HostBuffer?
    private let guarded: GuardedBlock?

    fileprivate init(
        _ block: Block, needed: Int? = nil, recycler: HostMemory? = nil, borrowed: HostBuffer? = nil,
        guarded: GuardedBlock? = nil
    ) {
        self.block = block
        neededCount = needed ?? block.byteCount
        self.recycler = recycler
        self.borrowed = borrowed
        self.guarded = guarded
    }

    fileprivate convenience init(_ guarded: GuardedBlock) {
        self.init(unsafe Block(start: guarded.start, byteCount: guarded.byteCount), guarded: guarded)
    }

    /// Creates storage that uses the bytes of a buffer.
    ///
    /// - Precondition: The buffer isn't empty.
    convenience init(borrowing buffer: HostBuffer, at start: UnsafeRawPointer) {
        let block = unsafe Block(start: UnsafeMutableRawPointer(mutating: start), byteCount: buffer.count)
        self.init(block, borrowed: buffer)
    }

    deinit { recycler?.recycle(block, needed: neededCount) }

    /// Returns whether the elements may be modified in place if the storage is uniquely referenced: unless they belong
    /// to a buffer that others use, too.
    package func isWritable() -> Bool { borrowed == nil || borrowed?.isAlone() == true }

    /// `host memory`.
    public var storageKind: String { "host memory" }

    /// The address of the elements, valid as long as this object lives. Only the operation that creates the tensor may
    /// write.
    package var start: UnsafeMutableRawPointer { unsafe block.start }
}

/// An allocator of host memory for tensors. Memory is aligned to 64 bytes, and freed blocks are reused.
@safe public final class HostMemory: Sendable {
    /// The allocator shared by all backends.
    public static let shared = HostMemory()

    private struct State {
        /// The unused blocks by size.
        var free: [Int: [Block]] = [:]
        var idleBytes = 0
        var liveBytes = 0
        /// The number of bytes that live tensors need. Their blocks may be larger.
        var neededBytes = 0
        /// The maximum of the needed bytes in the current period, which lasts ``HostMemory/period`` allocations, and in
        /// the one before.
        private var peaks = (current: 0, former: 0)
        private var allocations = 0
        var systemAllocations = 0

        /// The maximum of the needed bytes in recent time.
        var peakBytes: Int { max(peaks.current, peaks.former) }

        /// Counts an allocation. Returns whether a period has ended, after which less memory may be kept.
        mutating func countAllocation(_ size: Int) -> Bool {
            neededBytes += size
            allocations += 1
            guard allocations >= HostMemory.period else {
                peaks.current = max(peaks.current, neededBytes)
                return false
            }
            allocations = 0
            peaks = (neededBytes, peaks.current)
            return true
        }

        mutating func forgetPeaks() { peaks = (neededBytes, neededBytes) }

        /// Takes an unused block. If a new one would exceed the limit, it may be up to three times as large as
        /// necessary.
        mutating func reuse(_ size: Int, limit: Int) -> Block? {
            var own = size
            if free[size]?.isEmpty != false, liveBytes + size + idleBytes > self.limit(atLeast: limit) {
                own = idleSizes.filter { $0 > size && $0 <= 3 * size }.min() ?? size
            }
            liveBytes += own
            guard let block = free[own]?.popLast() else { return nil }
            idleBytes -= own
            return block
        }

        /// The sizes of unused blocks.
        private var idleSizes: some Sequence<Int> { free.lazy.filter { !$0.value.isEmpty }.map(\.key) }

        /// The maximum size of live and unused blocks.
        func limit(atLeast least: Int) -> Int { max(least, peakBytes + peakBytes / 16) }

        /// The maximum size of unused blocks.
        func idleLimit(atLeast least: Int) -> Int { max(least, peakBytes / 3) }

        mutating func keep(_ block: Block) {
            idleBytes += block.byteCount
            free[block.byteCount, default: []].append(block)
        }

        /// Removes unused blocks until live and unused blocks have at most `limit` bytes: if possible, a single one
        /// that isn't much larger than necessary.
        mutating func surplus(over limit: Int) -> [Block] {
            var removed: [Block] = []
            while liveBytes + idleBytes > limit {
                let excess = liveBytes + idleBytes - limit
                guard let size = idleSizes.filter({ $0 >= excess }).min() ?? idleSizes.max(),
                    let block = free[size]?.popLast()
                else { break }
                idleBytes -= size
                removed.append(block)
            }
            return removed
        }
    }
    private let state = ForkSafeMutex(State())
    private let idleLimit: Int
    private let system: @Sendable (Int) -> UnsafeMutableRawPointer?
    /// Whether large blocks are mapped instead of allocated by `system`.
    private let mapsLargeBlocks: Bool

    /// The number of allocations after which a maximum is outdated: several training steps of a large model.
    package static let period = 1 << 14

    /// Creates an allocator that keeps up to `idleLimit` bytes for reuse, or a third of the maximum that tensors have
    /// recently needed at a time.
    ///
    /// If that maximum is greater than `idleLimit`, used and kept memory together exceed it by at most a sixteenth.
    public convenience init(idleLimit: Int = 1 << 29) {
        unsafe self.init(idleLimit: idleLimit, mapsLargeBlocks: true) { byteCount in
            var pointer: UnsafeMutableRawPointer?
            return unsafe posix_memalign(&pointer, 64, byteCount) == 0 ? pointer : nil
        }
    }

    /// Creates an allocator with a custom source of memory, for tests.
    ///
    /// - Parameters:
    ///   - mapsLargeBlocks: Whether large blocks are mapped instead.
    ///   - system: Returns memory of the given size for `free`, aligned to 64 bytes, or nil if none is available.
    package init(
        idleLimit: Int, mapsLargeBlocks: Bool = false, system: @escaping @Sendable (Int) -> UnsafeMutableRawPointer?
    ) {
        self.idleLimit = idleLimit
        self.mapsLargeBlocks = mapsLargeBlocks
        unsafe self.system = system
    }

    deinit { trim() }

    /// The bytes used by tensors, the bytes kept for reuse, and the number of allocations from the system.
    public var statistics: (liveBytes: Int, idleBytes: Int, systemAllocations: Int) {
        state.withLock { ($0.liveBytes, $0.idleBytes, $0.systemAllocations) }
    }

    /// Returns the memory kept for reuse to the system.
    public func trim() {
        let blocks = state.withLock { state in
            defer {
                state.free = [:]
                state.idleBytes = 0
                state.forgetPeaks()
            }
            return state.free.values.flatMap { $0 }
        }
        blocks.forEach(release)
    }

    /// Allocates memory from the system, aligned to 64 bytes, to be released with `free`; returns nil if none is
    /// available.
    ///
    /// If the first attempt fails, this allocator and ``shared`` release the memory that they keep for reuse, and the
    /// allocation is retried.
    package func systemMemory(_ byteCount: Int) -> UnsafeMutableRawPointer? {
        unsafe withRetry { unsafe system(byteCount) }
    }

    private func withRetry<Memory>(_ allocate: () -> Memory?) -> Memory? {
        if let memory = allocate() { return memory }
        trim()
        if self !== Self.shared { Self.shared.trim() }
        return allocate()
    }

    private func block(_ byteCount: Int) -> Block? {
        let isMapped = mapsLargeBlocks && byteCount >= MappedMemory.worthwhile
        return withRetry {
            guard let start = unsafe isMapped ? MappedMemory.map(byteCount) : system(byteCount) else { return nil }
            return unsafe Block(start: start, byteCount: byteCount)
        }
    }

    private func release(_ block: Block) {
        if mapsLargeBlocks && block.byteCount >= MappedMemory.worthwhile {
            unsafe MappedMemory.unmap(block.start, block.byteCount)
        } else {
            unsafe free(block.start)
        }
    }

    /// Rounds up a size so that batches of slightly different sizes share blocks. Wastes at most an eighth.
    private static func blockSize(_ byteCount: Int) -> Int {
        let least = max(byteCount, 64)
        let step = max(64, (1 << (Int.bitWidth - 1 - least.leadingZeroBitCount)) / 8)
        return (least + step - 1) / step * step
    }

    /// Creates a tensor. `fill` must initialize all elements.
    ///
    /// - Throws: ``BertError`` with code `outOfMemory`, or errors of `fill`.
    public func tensor(
        _ shape: Shape, _ elementType: ElementType = .float32, fill: (UnsafeMutableRawPointer) throws -> Void
    ) throws -> Tensor {
        let byteCount = shape.elementCount * elementType.size
        let storage = try allocate(byteCount)
        try unsafe fill(storage.start)
        return Tensor(shape: shape, elementType: elementType, storage: storage)
    }

    /// Allocates uninitialized memory.
    package func allocate(_ byteCount: Int) throws -> HostStorage {
        if let guardian = MemoryGuard.current { return HostStorage(try guardian.allocate(byteCount)) }
        let size = Self.blockSize(byteCount)
        let (reused, surplus) = state.withLock { state -> (Block?, [Block]) in
            let isOver = state.countAllocation(size)
            let block = state.reuse(size, limit: idleLimit)
            if block == nil { state.systemAllocations += 1 }
            guard block == nil || isOver else { return (block, []) }
            let idle = state.idleLimit(atLeast: idleLimit)
            return (block, state.surplus(over: min(state.limit(atLeast: idleLimit), state.liveBytes + idle)))
        }
        surplus.forEach(release)
        guard let block = reused ?? block(size) else {
            state.withLock {
                $0.liveBytes -= size
                $0.neededBytes -= size
            }
            throw BertError(.outOfMemory, "not enough memory for a tensor of \(byteCount) bytes")
        }
        return HostStorage(block, needed: size, recycler: self)
    }

    fileprivate func recycle(_ block: Block, needed: Int) {
        let isKept = state.withLock { state in
            state.liveBytes -= block.byteCount
            state.neededBytes -= needed
            guard state.idleBytes + block.byteCount <= state.idleLimit(atLeast: idleLimit) else { return false }
            state.keep(block)
            return true
        }
        if !isKept { release(block) }
    }
}
