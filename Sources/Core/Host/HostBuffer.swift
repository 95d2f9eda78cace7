/// Immutable bytes in host memory, kept alive by an owner: a mapped file, an array, a constant of the program.
///
/// What is uploaded to a backend. A backend on the CPU may go on using the bytes where they are (a mapped weight is then
/// never copied), a device backend copies them.
public struct HostBuffer: @unchecked Sendable {
    // Safe to share: the bytes are never written once the buffer exists, and `owner` keeps them mapped.
    private let start: UnsafeRawPointer?
    /// What keeps the bytes alive.
    package let owner: (any AnyObject & Sendable)?
    /// The number of bytes.
    public let count: Int

    /// Bytes that live as long as `owner`, or for ever if there is none.
    ///
    /// - Parameters:
    ///   - bytes: must not be written any more.
    ///   - owner: keeps the bytes alive; nil: they live for ever.
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

    /// Memory of `count` bytes, aligned to 64, that `fill` writes once.
    public init(count: Int, fill: (UnsafeMutableRawBufferPointer) throws -> Void) rethrows {
        let owner = AllocationOwner(count: count)
        try fill(owner.memory)
        self.init(unsafe: UnsafeRawBufferPointer(owner.memory), owner: owner)
    }

    /// Part of the bytes, sharing the owner.
    ///
    /// - Precondition: `range` lies within `0..<count`.
    public subscript(range: Range<Int>) -> HostBuffer {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "range outside the buffer")
        return HostBuffer(
            unsafe: UnsafeRawBufferPointer(start: start.map { $0 + range.lowerBound }, count: range.count), owner: owner
        )
    }

    /// Calls `body` with the bytes; the pointer is not valid after it.
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
