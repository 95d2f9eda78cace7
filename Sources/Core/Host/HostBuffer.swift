/// Immutable bytes in host memory, kept alive by an owner: a mapped file, an array, a constant of the program.
///
/// The source of an upload. A CPU backend may use the bytes in place, so that a mapped weight is never copied; a device backend
/// copies them.
public struct HostBuffer: @unchecked Sendable {
    // Safe to share: the bytes are never written after `init`, and `owner` keeps them mapped.
    private let start: UnsafeRawPointer?
    /// Keeps the bytes alive.
    package let owner: (any AnyObject & Sendable)?
    /// The number of bytes.
    public let count: Int

    /// Makes a buffer of bytes that live as long as `owner`.
    ///
    /// - Parameters:
    ///   - bytes: must not be written any more.
    ///   - owner: keeps the bytes alive; nil: they live as long as the process.
    public init(unsafe bytes: UnsafeRawBufferPointer, owner: (any AnyObject & Sendable)?) {
        start = bytes.baseAddress
        count = bytes.count
        self.owner = owner
    }

    /// The elements of an array, copied once.
    public init<Element: BitwiseCopyable & Sendable>(_ array: [Element]) {
        let owner = ArrayOwner(array)
        self.init(unsafe: owner.bytes, owner: owner)
    }

    /// Makes a buffer of `count` bytes, aligned to 64, which `fill` writes.
    public init(count: Int, fill: (UnsafeMutableRawBufferPointer) throws -> Void) rethrows {
        let owner = AllocationOwner(count: count)
        try fill(owner.memory)
        self.init(unsafe: UnsafeRawBufferPointer(owner.memory), owner: owner)
    }

    /// A part of the bytes, with the same owner.
    ///
    /// - Precondition: `range` lies within `0..<count`.
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

/// Keeps an array's elements at one address.
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

    init(count: Int) { memory = .allocate(byteCount: count, alignment: 64) }

    deinit { memory.deallocate() }
}
