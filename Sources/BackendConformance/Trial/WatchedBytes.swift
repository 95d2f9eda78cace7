import BertCore

/// The bytes of a tensor, surrounded by sentinels.
final class WatchedBytes: @unchecked Sendable {
    // Written by the creator before they are shared. `isIntact` returns whether there were out-of-bounds writes.
    private static let margin = 64
    private static let sentinel: UInt8 = 0xA5
    private let memory: UnsafeMutableRawBufferPointer

    /// Creates uninitialized memory for the given number of bytes.
    init(count: Int) {
        memory = .allocate(byteCount: count + 2 * Self.margin, alignment: 64)
        memory.initializeMemory(as: UInt8.self, repeating: Self.sentinel)
    }

    /// Creates the bytes of an operand.
    convenience init(_ values: Values, _ type: ElementType) {
        self.init(count: values.elements.count * type.size)
        guard let start = destination.baseAddress else { return }
        values.forEach { type.store($1, into: start + $0 * type.size) }
    }

    deinit { memory.deallocate() }

    /// The number of bytes between the sentinels.
    var count: Int { memory.count - 2 * Self.margin }

    /// The address of the bytes.
    var start: UnsafeRawPointer { UnsafeRawPointer(destination.baseAddress.unsafelyUnwrapped) }

    /// The bytes as the destination of a download.
    var destination: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(rebasing: memory[Self.margin..<Self.margin + count])
    }

    /// The bytes as the source of an upload.
    var buffer: HostBuffer { HostBuffer(unsafe: UnsafeRawBufferPointer(destination), owner: self) }

    /// Whether the sentinels are unchanged.
    var isIntact: Bool {
        memory.prefix(Self.margin).allSatisfy { $0 == Self.sentinel }
            && memory.suffix(Self.margin).allSatisfy { $0 == Self.sentinel }
    }
}
