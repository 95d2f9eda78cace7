import BertCore

/// The bytes of an operand between two rows of sentinels.
final class WatchedBytes: @unchecked Sendable {
    // Nobody is supposed to write here once the object exists; `isIntact` tells whether somebody did.
    static let margin = 64
    static let sentinel: UInt8 = 0xA5
    private let memory: UnsafeMutableRawBufferPointer
    private let byteCount: Int

    init(_ values: Values, _ type: ElementType) {
        byteCount = values.elements.count * type.size
        memory = .allocate(byteCount: byteCount + 2 * Self.margin, alignment: 64)
        memory.initializeMemory(as: UInt8.self, repeating: Self.sentinel)
        guard let start = memory.baseAddress else { return }
        for (index, value) in values.elements.enumerated() {
            type.store(value, into: start + Self.margin + index * type.size)
        }
    }

    deinit { memory.deallocate() }

    /// The bytes in the middle, as a backend gets them.
    var buffer: HostBuffer {
        HostBuffer(
            unsafe: UnsafeRawBufferPointer(rebasing: memory[Self.margin..<Self.margin + byteCount]), owner: self)
    }

    /// Whether the sentinels are as they were.
    var isIntact: Bool {
        memory.prefix(Self.margin).allSatisfy { $0 == Self.sentinel }
            && memory.suffix(Self.margin).allSatisfy { $0 == Self.sentinel }
    }
}
