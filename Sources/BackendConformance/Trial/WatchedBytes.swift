import BertCore

/// Bytes of a tensor between two rows of sentinels.
final class WatchedBytes: @unchecked Sendable {
    // Written by whoever made it, before others see it; `isIntact` tells whether anybody wrote beside them.
    private static let margin = 64
    private static let sentinel: UInt8 = 0xA5
    private let memory: UnsafeMutableRawBufferPointer

    /// As many bytes, not yet written.
    init(count: Int) {
        memory = .allocate(byteCount: count + 2 * Self.margin, alignment: 64)
        memory.initializeMemory(as: UInt8.self, repeating: Self.sentinel)
    }

    /// Elements of an operand.
    convenience init(_ values: Values, _ type: ElementType) {
        self.init(count: values.elements.count * type.size)
        guard let start = destination.baseAddress else { return }
        values.forEach { type.store($1, into: start + $0 * type.size) }
    }

    deinit { memory.deallocate() }

    /// How many there are between the sentinels.
    var count: Int { memory.count - 2 * Self.margin }

    /// The first of them.
    var start: UnsafeRawPointer { UnsafeRawPointer(destination.baseAddress.unsafelyUnwrapped) }

    /// Where a backend writes them.
    var destination: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(rebasing: memory[Self.margin..<Self.margin + count])
    }

    /// What a backend reads.
    var buffer: HostBuffer { HostBuffer(unsafe: UnsafeRawBufferPointer(destination), owner: self) }

    /// Whether the sentinels are as they were.
    var isIntact: Bool {
        memory.prefix(Self.margin).allSatisfy { $0 == Self.sentinel }
            && memory.suffix(Self.margin).allSatisfy { $0 == Self.sentinel }
    }
}
