import BertCore

/// Numbers and texts at any place in a file; nil where the file has no such bytes.
struct LittleEndianBytes {
    private let buffer: HostBuffer
    var count: Int { buffer.count }

    init(_ buffer: HostBuffer) { self.buffer = buffer }

    func uint16(at offset: Int) -> Int? { load(UInt16.self, at: offset) }
    func uint32(at offset: Int) -> Int? { load(UInt32.self, at: offset) }
    /// Nil too for a number that `Int` can't hold.
    func uint64(at offset: Int) -> Int? { load(UInt64.self, at: offset) }

    /// UTF-8; nil if it is none.
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
