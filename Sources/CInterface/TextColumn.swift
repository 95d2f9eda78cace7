import BertCore

/// Texts in the memory layout of Apache Arrow.
struct TextColumn {
    let count: Int
    private let bytes: UnsafePointer<CChar>?
    private let offsets: UnsafePointer<Int64>?
    private let validity: UnsafePointer<UInt8>?

    /// Creates a column.
    ///
    /// - Throws: ``BertError`` with code `invalidArgument` for a negative count or missing pointers.
    init(
        _ count: Int64, _ bytes: UnsafePointer<CChar>?, _ offsets: UnsafePointer<Int64>?,
        _ validity: UnsafePointer<UInt8>?
    ) throws {
        guard count >= 0, count <= 1 << 40 else {
            throw BertError(
                .invalidArgument, "the number of texts can't be \(count)", key: "count", value: .int(Int(count)),
                limit: count < 0 ? 0 : .int(1 << 40))
        }
        guard offsets != nil || count == 0 else {
            throw BertError(
                .invalidArgument, "is NULL; it must have one more element than there are texts", key: "offsets")
        }
        self.count = Int(count)
        self.bytes = bytes
        self.offsets = offsets
        self.validity = validity
        guard count > 0, let offsets else { return }
        // Validate all offsets before computing anything.
        guard offsets[0] >= 0 else { throw Self.bad(0, "is negative", offsets[0]) }
        for index in 0..<self.count where offsets[index + 1] < offsets[index] {
            throw Self.bad(index + 1, "is less than the previous one, \(offsets[index])", offsets[index + 1])
        }
        guard bytes != nil || offsets[self.count] == offsets[0] else {
            throw BertError(
                .invalidArgument, "is NULL, but the texts have \(offsets[self.count] - offsets[0]) bytes", key: "bytes")
        }
    }

    private static func bad(_ index: Int, _ reason: String, _ value: Int64) -> BertError {
        BertError(.invalidArgument, "\(value) \(reason)", key: "offsets[\(index)]", value: .int(Int(value)))
    }

    /// Returns whether a text is present.
    func isThere(_ index: Int) -> Bool { validity.map { $0[index / 8] >> UInt8(index % 8) & 1 == 1 } ?? true }

    /// Returns a text.
    ///
    /// - Throws: ``BertError`` with code `invalidInput` and the index of the text for invalid UTF-8.
    func text(_ index: Int) throws -> String {
        guard let offsets, let bytes, offsets[index + 1] > offsets[index] else { return "" }
        let utf8 = UnsafeBufferPointer(
            start: UnsafeRawPointer(bytes + Int(offsets[index])).assumingMemoryBound(to: UInt8.self),
            count: Int(offsets[index + 1] - offsets[index]))
        guard let text = String(validating: utf8, as: UTF8.self) else {
            throw BertError(.invalidInput, "its bytes are not valid UTF-8", record: index, of: "text")
        }
        return text
    }

    /// Divides the texts into pieces of at most 256 texts and about 64 KiB, to limit how long a fork has to wait.
    ///
    /// - Parameter unit: The number of consecutive texts that must stay together.
    func pieces(of unit: Int = 1) -> [Range<Int>] {
        guard let offsets, count > 0 else { return [] }
        var pieces: [Range<Int>] = []
        var start = 0
        for index in stride(from: unit, through: count, by: unit) {
            let isFull = index - start >= 256 || offsets[index] - offsets[start] >= 65_536
            guard isFull || index == count else { continue }
            pieces.append(start..<index)
            start = index
        }
        return pieces
    }
}
