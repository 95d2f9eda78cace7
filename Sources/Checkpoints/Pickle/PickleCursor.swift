/// A place in a pickle.
struct PickleCursor {
    private let bytes: [UInt8]
    private var position = 0
    /// Where the present instruction began.
    private(set) var instruction = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    /// The next instruction, or nil at the end.
    mutating func next() -> UInt8? {
        guard position < bytes.count else { return nil }
        instruction = position
        position += 1
        return bytes[instruction]
    }

    /// So many bytes, or nil if there are fewer.
    mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
        guard count >= 0, count <= bytes.count - position else { return nil }
        defer { position += count }
        return bytes[position..<position + count]
    }

    /// What stands before the next line feed, which is taken too; nil if there is none.
    mutating func takeLine() -> ArraySlice<UInt8>? {
        guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        defer { position = end + 1 }
        return bytes[position..<end]
    }
}
