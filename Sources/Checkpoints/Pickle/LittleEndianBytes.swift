import BertCore

/// Bounds-checked access to numbers and strings in a file. Returns nil if the range exceeds the file.
struct LittleEndianBytes {
    private let buffer: HostBuffer
    var count: Int { buffer.count }

    init(_ buffer: HostBuffer) { self.buffer = buffer }

    func uint16(at offset: Int) -> Int? { load(UInt16.self, at: offset) }
    func uint32(at offset: Int) -> Int? { load(UInt32.self, at: offset) }
    /// Also returns nil for numbers that don't fit `Int`.
    func uint64(at offset: Int) -> Int? { load(UInt64.self, at: offset) }

    /// Returns a string; nil if it isn't valid UTF-8.
    func string(at offset: Int, count: Int) -> String? {
        guard offset >= 0, count >= 0, offset <= buffer.count, count <= buffer.count - offset else { return nil }
        return buffer.withUnsafeBytes { String(validating: $0[offset..<offset + count], as: UTF8.self) }
    }

    private func load<Number: FixedWidthInteger & BitwiseCopyable>(_: Number.Type, at offset: Int) -> Int? {
        guard offset >= 0, offset <= buffer.count - MemoryLayout<Number>.size else { return nil }
        return buffer.withUnsafeBytes {
            Int(exactly: Number(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: Number.self)))
        }
    }
}
