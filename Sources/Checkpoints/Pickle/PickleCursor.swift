/// A position in a pickle.
struct PickleCursor {
    private let bytes: [UInt8]
    /// The offset of the next byte.
    private(set) var position: Int
    /// The offset of the current instruction.
    private(set) var instruction: Int

    init(bytes: [UInt8], position: Int = 0) {
        self.bytes = bytes
        self.position = position
        instruction = position
    }

    var isAtEnd: Bool { position == bytes.count }

    /// Returns the next instruction, or nil at the end.
    mutating func next() -> UInt8? {
        guard position < bytes.count else { return nil }
        instruction = position
        position += 1
        return bytes[instruction]
    }

    /// Returns the next `count` bytes, or nil if there are fewer.
    mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
        guard count >= 0, count <= bytes.count - position else { return nil }
        defer { position += count }
        return bytes[position..<position + count]
    }

    /// Returns the bytes before the next line feed, which is consumed as well; nil if there is none.
    mutating func takeLine() -> ArraySlice<UInt8>? {
        guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        defer { position = end + 1 }
        return bytes[position..<end]
    }
}
