import BertCore

/// A file of vectors: a NumPy array, or the JSON output of `bert embed`.
struct VectorFile {
    let path: String

    /// Calls `body` with groups of vectors in order.
    ///
    /// - Parameter width: The required number of components of a vector.
    /// - Throws: `BertError` that names file and line; errors of `body`.
    func forEachGroup(width: Int, _ body: ([VectorRecord]) throws -> Void) throws {
        func checked(_ records: [VectorRecord]) throws {
            if let other = records.first(where: { $0.vector.count != width }) {
                throw BertError(
                    .invalidInput,
                    "\(other.place): a vector of \(other.vector.count) components; those of the model have \(width)")
            }
            try body(records)
        }
        let source = try ByteSource(path: path)
        if [".npy", ".npy.gz"].contains(where: path.lowercased().hasSuffix) {
            return try NumPyReader(source).forEachGroup(checked)
        }
        guard let format = InputFormat(extensionOf: path), format == .jsonl || format == .json else {
            throw BertError(
                .invalidInput, "vectors are read from files whose names end in .npy, .jsonl or .json, also with .gz",
                file: path)
        }
        var reader = RecordReader(source, format, VectorFields())
        while let entries = try reader.next() { try checked(entries.map { try $0.record.get() }) }
    }
}
