import BertLocks

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Tensor storage in host memory. All CPU backends share this type, so they can use each other's tensors.
public final class HostStorage: TensorStorage, @unchecked Sendable {
    // Written only by the operation that creates the tensor, and immutable afterward.
    private let pointer: UnsafeMutableRawPointer
    private let byteCount: Int
    private let recycler: HostMemory?
    private let borrowed: HostBuffer?
    private let guarded: GuardedBlock?

    fileprivate init(pointer: UnsafeMutableRawPointer, byteCount: Int, recycler: HostMemory) {
        self.pointer = pointer
        self.byteCount = byteCount
        self.recycler = recycler
        borrowed = nil
        guarded = nil
    }

    fileprivate init(_ block: GuardedBlock) {
        pointer = block.start
        byteCount = block.byteCount
        recycler = nil
        borrowed = nil
        guarded = block
    }

    /// Creates storage that uses the bytes of a buffer.
    ///
    /// - Precondition: The buffer isn't empty.
    init(borrowing buffer: HostBuffer, at start: UnsafeRawPointer) {
        pointer = UnsafeMutableRawPointer(mutating: start)
        byteCount = buffer.count
        recycler = nil
        borrowed = buffer
        guarded = nil
    }

    deinit { recycler?.recycle(pointer, byteCount: byteCount) }

    /// Whether the elements belong to a buffer and must not be modified.
    package var isBorrowed: Bool { borrowed != nil }

    /// `host memory`.
    public var storageKind: String { "host memory" }

    /// The address of the elements, valid as long as this object lives. Only the operation that creates the tensor may
    /// write.
    package var start: UnsafeMutableRawPointer { pointer }
}

/// An allocator of host memory for tensors. Memory is aligned to 64 bytes, and freed blocks are reused.
public final class HostMemory: Sendable {
    /// The allocator shared by all backends.
    public static let shared = HostMemory()

    private struct Block: @unchecked Sendable { let pointer: UnsafeMutableRawPointer }
    private struct State {
        var free: [Int: [Block]] = [:]
        var idleBytes = 0
        var liveBytes = 0
        var systemAllocations = 0
    }
    private let state = ForkSafeMutex(State())
    private let idleLimit: Int
    private let system: @Sendable (Int) -> UnsafeMutableRawPointer?

    /// Creates an allocator that keeps up to `idleLimit` bytes for reuse.
    public convenience init(idleLimit: Int = 1 << 29) {
        self.init(idleLimit: idleLimit) { byteCount in
            var pointer: UnsafeMutableRawPointer?
            return posix_memalign(&pointer, 64, byteCount) == 0 ? pointer : nil
        }
    }

    /// Creates an allocator with a custom source of memory, for tests.
    ///
    /// - Parameter system: Returns memory of the given size for `free`, aligned to 64 bytes, or nil if none is
    ///   available.
    package init(idleLimit: Int, system: @escaping @Sendable (Int) -> UnsafeMutableRawPointer?) {
        self.idleLimit = idleLimit
        self.system = system
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
            }
            return state.free.values.flatMap { $0 }
        }
        for block in blocks { free(block.pointer) }
    }

    /// Allocates memory from the system, aligned to 64 bytes, to be released with `free`; returns nil if none is
    /// available.
    ///
    /// If the first attempt fails, this allocator and ``shared`` release the memory that they keep for reuse, and the
    /// allocation is retried.
    package func systemMemory(_ byteCount: Int) -> UnsafeMutableRawPointer? {
        if let pointer = system(byteCount) { return pointer }
        trim()
        if self !== Self.shared { Self.shared.trim() }
        return system(byteCount)
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
        try fill(storage.start)
        return Tensor(shape: shape, elementType: elementType, storage: storage)
    }

    /// Allocates uninitialized memory.
    package func allocate(_ byteCount: Int) throws -> HostStorage {
        if let guardian = MemoryGuard.current { return HostStorage(try guardian.allocate(byteCount)) }
        let size = Self.blockSize(byteCount)
        let reused = state.withLock { state -> Block? in
            state.liveBytes += size
            guard let block = state.free[size]?.popLast() else {
                state.systemAllocations += 1
                return nil
            }
            state.idleBytes -= size
            return block
        }
        if let reused { return HostStorage(pointer: reused.pointer, byteCount: size, recycler: self) }
        guard let pointer = systemMemory(size) else {
            state.withLock { $0.liveBytes -= size }
            throw BertError(.outOfMemory, "not enough memory for a tensor of \(byteCount) bytes")
        }
        return HostStorage(pointer: pointer, byteCount: size, recycler: self)
    }

    fileprivate func recycle(_ pointer: UnsafeMutableRawPointer, byteCount: Int) {
        let keep = state.withLock { state in
            state.liveBytes -= byteCount
            guard state.idleBytes + byteCount <= idleLimit else { return false }
            state.idleBytes += byteCount
            state.free[byteCount, default: []].append(Block(pointer: pointer))
            return true
        }
        if !keep { free(pointer) }
    }
}
