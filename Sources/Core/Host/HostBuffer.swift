/// Immutable bytes in host memory, owned by an object such as a mapped file or an array.
///
/// Buffers are the source of uploads. CPU backends may use the bytes in place, so that mapped weights are never copied;
/// device backends copy them.
public struct HostBuffer: @unchecked Sendable {
    // Safe to share: the bytes are never written after `init`, and `owner` keeps them alive.
    private let start: UnsafeRawPointer?
    /// The object that keeps the bytes alive.
    package private(set) var owner: (any AnyObject & Sendable)?
    /// The number of bytes.
    public let count: Int

    /// Creates a buffer of bytes that live as long as `owner`.
    ///
    /// - Parameters:
    ///   - bytes: The bytes, which must not be modified afterward.
    ///   - owner: An object that keeps the bytes alive; nil if they live as long as the process.
    public init(unsafe bytes: UnsafeRawBufferPointer, owner: (any AnyObject & Sendable)?) {
        start = bytes.baseAddress
        count = bytes.count
        self.owner = owner
    }

    /// Creates a buffer with a copy of the elements of an array.
    public init<Element: BitwiseCopyable & Sendable>(_ array: [Element]) {
        let owner = ArrayOwner(array)
        self.init(unsafe: owner.bytes, owner: owner)
    }

    /// Creates a buffer of `count` bytes, aligned to 64 bytes, and calls `fill` to initialize it.
    public init(count: Int, fill: (UnsafeMutableRawBufferPointer) throws -> Void) rethrows {
        let owner = AllocationOwner(count: count)
        try fill(owner.memory)
        self.init(unsafe: UnsafeRawBufferPointer(owner.memory), owner: owner)
    }

    /// Returns whether the bytes were allocated by this type, and no other buffer refers to them, so that they may be
    /// modified in place.
    mutating func isAlone() -> Bool { owner is AllocationOwner && isKnownUniquelyReferenced(&owner) }

    /// Accesses a range of the bytes as a buffer with the same owner.
    ///
    /// - Precondition: `range` is within `0..<count`.
    public subscript(range: Range<Int>) -> HostBuffer {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "range outside the buffer")
        return HostBuffer(
            unsafe: UnsafeRawBufferPointer(start: start.map { $0 + range.lowerBound }, count: range.count), owner: owner
        )
    }

    /// Calls `body` with the bytes. The pointer is valid only during the call.
    public func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { withExtendedLifetime(owner) {} }
        return try body(UnsafeRawBufferPointer(start: start, count: count))
    }
}

/// An owner that keeps the elements of an array at a fixed address.
private final class ArrayOwner<Element: BitwiseCopyable & Sendable>: @unchecked Sendable {
    private let elements: UnsafeMutableBufferPointer<Element>
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(elements) }

    init(_ array: [Element]) {
        elements = .allocate(capacity: array.count)
        _ = elements.initialize(from: array)
    }

    deinit { elements.deallocate() }
}

private final class AllocationOwner: @unchecked Sendable {
    let memory: UnsafeMutableRawBufferPointer

    private let isMapped: Bool

    init(count: Int) {
        if count >= MappedMemory.worthwhile, let start = MappedMemory.map(count) {
            memory = UnsafeMutableRawBufferPointer(start: start, count: count)
            isMapped = true
        } else {
            memory = .allocate(byteCount: count, alignment: 64)
            isMapped = false
        }
    }

    deinit {
        if isMapped, let start = memory.baseAddress {
            MappedMemory.unmap(start, memory.count)
        } else {
            memory.deallocate()
        }
    }
}
