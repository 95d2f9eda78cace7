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
                    "\(other.place): a vector with \(other.vector.count) components; the model has \(width)")
            }
            try body(records)
        }
        let source = try ByteSource(path: path)
        if [".npy", ".npy.gz"].contains(where: path.lowercased().hasSuffix) {
            return try NumPyReader(source).forEachGroup(checked)
        }
        guard let format = InputFormat(extensionOf: path), format == .jsonl || format == .json else {
            throw BertError(
                .invalidInput, "the format of the vectors is unknown; use .npy, .jsonl or .json, optionally with .gz",
                file: path)
        }
        var reader = RecordReader(source, format, VectorFields())
        while let entries = try reader.next() { try checked(entries.map { try $0.record.get() }) }
    }
}
