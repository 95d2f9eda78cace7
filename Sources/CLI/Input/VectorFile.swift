import Bert
import BertCore

/// A file of vectors: a NumPy array, or the JSON output of `bert embed`.
struct VectorFile {
    let path: String

    /// Calls `body` with groups of dense vectors in order.
    ///
    /// - Parameter width: The required number of components of a vector.
    /// - Throws: `BertError` that names file and line; errors of `body`.
    func forEachGroup(width: Int, _ body: ([VectorRecord<[Float]>]) throws -> Void) throws {
        func checked(_ records: [VectorRecord<[Float]>]) throws {
            if let other = records.first(where: { $0.vector.count != width }) {
                throw Self.failure("\(other.place)", other.vector.count, width)
            }
            try body(records)
        }
        if isArray { return try NumPyReader(ByteSource(path: path)).forEachGroup(checked) }
        try forEachGroup(.dense, checked)
    }

    /// Calls `body` with vectors of any kind in their order, some at a time.
    ///
    /// - Throws: `BertError` that names file and line; what `body` throws.
    func forEachGroup<Vector>(
        _ fields: VectorFields<Vector>, _ body: ([VectorRecord<Vector>]) throws -> Void
    ) throws {
        guard let format = InputFormat(extensionOf: path), format == .jsonl || format == .json else {
            throw BertError(
                .invalidInput,
                "vectors of this kind can't be read from a file of this format; use \(fields.member == "embedding" ? ".npy, " : "").jsonl or .json, optionally with .gz",
                file: path)
        }
        var reader = RecordReader(try ByteSource(path: path), format, fields)
        while let entries = try reader.next() { try body(entries.map { try $0.record.get() }) }
    }

    /// The rows of a NumPy array in memory, for as long as somebody holds them; nil for other files and for compressed ones.
    ///
    /// - Throws: `BertError` that names the file.
    func mappedRows(width: Int) throws -> HostBuffer? {
        guard isArray, !path.lowercased().hasSuffix(".gz") else { return nil }
        let source = try ByteSource(path: path)
        guard source.isRegular else { return nil }
        let reader = try NumPyReader(source)
        let rows = try reader.mappedRows()
        guard reader.width == width || rows.count == 0 else {
            throw Self.failure("\(path), row 0", reader.width, width)
        }
        return rows
    }

    private var isArray: Bool { [".npy", ".npy.gz"].contains(where: path.lowercased().hasSuffix) }

    private static func failure(_ place: String, _ count: Int, _ width: Int) -> BertError {
        BertError(.invalidInput, "\(place): a vector with \(count) components; the model has \(width)")
    }
}
