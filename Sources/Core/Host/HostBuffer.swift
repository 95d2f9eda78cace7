/// Immutable bytes in host memory, owned by an object such as a mapped file or an array.
///
/// Buffers are the source of uploads. CPU backends may use the bytes in place, so that mapped weights are never copied;
/// device backends copy them.
@safe public struct HostBuffer: @unchecked Sendable {
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
        unsafe start = bytes.baseAddress
        count = bytes.count
        self.owner = owner
    }

    /// Creates a buffer with a copy of the elements of an array.
    public init<Element: BitwiseCopyable & Sendable>(_ array: [Element]) {
        let owner = ArrayOwner(array)
        unsafe self.init(unsafe: owner.bytes, owner: owner)
    }

    /// Creates a buffer of `count` bytes, aligned to 64 bytes, and calls `fill` to initialize it.
    public init(count: Int, fill: (UnsafeMutableRawBufferPointer) throws -> Void) rethrows {
        let owner = AllocationOwner(count: count)
        try unsafe fill(owner.memory)
        unsafe self.init(unsafe: UnsafeRawBufferPointer(owner.memory), owner: owner)
    }

    /// Creates a buffer of `count` zeros.
    package init(zeros count: Int) {
        unsafe self.init(count: count) { _ = unsafe $0.initializeMemory(as: UInt8.self, repeating: 0) }
    }

    /// Returns whether the bytes were allocated by this type, and no other buffer refers to them, so that they may be
    /// modified in place.
    mutating func isAlone() -> Bool { owner is AllocationOwner && isKnownUniquelyReferenced(&owner) }

    /// Accesses a range of the bytes as a buffer with the same owner.
    ///
    /// - Precondition: `range` is within `0..<count`.
    public subscript(range: Range<Int>) -> HostBuffer {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "range outside the buffer")
        return unsafe withUnsafeBytes { bytes in
            unsafe HostBuffer(unsafe: UnsafeRawBufferPointer(rebasing: bytes[range]), owner: owner)
        }
    }

    /// Calls `body` with the bytes. The pointer is valid only during the call.
    public func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { withExtendedLifetime(owner) {} }
        return try unsafe body(UnsafeRawBufferPointer(start: start, count: count))
    }
}

extension HostBuffer {
    /// Calls `body` with the bytes as elements of a type, whose alignment the bytes must have.
    package func withElements<Element: BitwiseCopyable, Result, Failure: Error>(
        of type: Element.Type, _ body: (Span<Element>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try unsafe withUnsafeBytes { (bytes) throws(Failure) in try unsafe body(bytes.bindMemory(to: type).span) }
    }
}

/// An owner that keeps the elements of an array at a fixed address.
@safe private final class ArrayOwner<Element: BitwiseCopyable & Sendable>: @unchecked Sendable {
    private let elements: UnsafeMutableBufferPointer<Element>
    var bytes: UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(elements) }

    init(_ array: [Element]) {
        unsafe elements = .allocate(capacity: array.count)
        _ = unsafe elements.initialize(from: array)
    }

    deinit { unsafe elements.deallocate() }
}

@safe private final class AllocationOwner: @unchecked Sendable {
    let memory: UnsafeMutableRawBufferPointer

    private let isMapped: Bool

    init(count: Int) {
        if count >= MappedMemory.worthwhile, let start = unsafe MappedMemory.map(count) {
            unsafe memory = UnsafeMutableRawBufferPointer(start: start, count: count)
            isMapped = true
        } else {
            unsafe memory = .allocate(byteCount: count, alignment: 64)
            isMapped = false
        }
    }

    deinit {
        if isMapped, let start = unsafe memory.baseAddress {
            unsafe MappedMemory.unmap(start, memory.count)
        } else {
            unsafe memory.deallocate()
        }
    }
}
