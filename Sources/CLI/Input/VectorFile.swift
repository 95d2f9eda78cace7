import Bert
import BertCore

/// A file of vectors: a NumPy array, or the JSON output of `bert embed`.
struct VectorFile {
    let path: String
    /// How dense vectors are quantized.
    let quantizer: VectorQuantizer

    /// A file of float32 vectors.
    init(path: String) throws { self.init(path: path, quantizer: try VectorQuantizer(.float32)) }

    init(path: String, quantizer: VectorQuantizer) {
        self.path = path
        self.quantizer = quantizer
    }

    /// Calls `body` with groups of dense vectors in order, or with the values of quantized ones.
    ///
    /// - Parameter width: The required number of components of a vector.
    /// - Throws: `BertError` that names file and line; errors of `body`.
    func forEachGroup(width: Int, _ body: ([VectorRecord<[Float]>]) throws -> Void) throws {
        let stored = quantizer.count(of: width)
        func checked(_ records: [VectorRecord<[Float]>]) throws {
            if let other = records.first(where: { $0.vector.count != stored }) {
                throw failure(other.place, other.vector.count, width)
            }
            try body(records)
        }
        if isArray {
            return try NumPyReader(ByteSource(path: path), of: quantizer.precision.numPyType).forEachGroup(checked)
        }
        try forEachGroup(.dense, checked)
    }

    /// Calls `body` with groups of vectors, in order.
    ///
    /// - Throws: `BertError` that names file and line; errors of `body`.
    func forEachGroup<Vector>(
        _ fields: VectorFields<Vector>, _ body: ([VectorRecord<Vector>]) throws -> Void
    ) throws {
        guard let format = InputFormat(extensionOf: path), format == .jsonl || format == .json else {
            throw BertError(
                .invalidInput,
                """
                the format can't contain vectors of this kind; use \(fields.member == "embedding" ? ".npy, " : "").jsonl \
                or .json, optionally with .gz
                """, file: path)
        }
        var reader = RecordReader(try ByteSource(path: path), format, fields)
        while let entries = try reader.next() { try body(entries.map { try $0.record.get() }) }
    }

    /// Maps the rows of a NumPy array into memory. Returns nil for compressed files, pipes and other formats.
    ///
    /// - Throws: `BertError` that names the file.
    func mappedRows(width: Int) throws -> HostBuffer? {
        guard isArray, !path.lowercased().hasSuffix(".gz") else { return nil }
        let source = try ByteSource(path: path)
        guard source.isRegular else { return nil }
        let reader = try NumPyReader(source, of: quantizer.precision.numPyType)
        let rows = try reader.mappedRows()
        guard reader.width == quantizer.count(of: width) || rows.count == 0 else {
            throw failure(InputPlace(source: path, unit: "row", number: 0), reader.width, width)
        }
        return rows
    }

    private var isArray: Bool { [".npy", ".npy.gz"].contains(where: path.lowercased().hasSuffix) }

    /// Returns the bytes of vectors whose quantized values were read as numbers.
    func quantizedRows(_ records: [VectorRecord<[Float]>]) throws -> HostBuffer {
        let isSigned = quantizer.precision == .int8 || quantizer.precision == .binary
        var bytes: [UInt8] = []
        for record in records {
            for value in record.vector {
                guard
                    let byte = isSigned ? Int8(exactly: value).map(UInt8.init(bitPattern:)) : UInt8(exactly: value)
                else {
                    throw record.place.error(
                        "\(value) is not a component of a \(quantizer.precision.rawValue) vector",
                        value: .double(Double(value)), limit: .string(quantizer.precision.rawValue))
                }
                bytes.append(byte)
            }
        }
        return HostBuffer(bytes)
    }

    private func failure(_ place: InputPlace, _ count: Int, _ width: Int) -> BertError {
        let stored = quantizer.count(of: width)
        let packed = stored == width ? "" : ", which are \(stored) bytes of bits"
        return place.error(
            "a vector with \(count) components; the model has \(width)\(packed)", value: .int(count),
            limit: .int(stored))
    }
}

extension VectorPrecision {
    /// The type of the elements of an array of vectors.
    var numPyType: NumPyType {
        switch self {
        case .float32: .float32
        case .int8, .binary: .int8
        case .uint8, .ubinary: .uint8
        }
    }
}
