import Bert

/// A writer of a matrix in NumPy's file format, version 1.0
/// (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
///
/// The header contains the number of rows, which is known only at the end. If the output can't be rewritten, the rows
/// are kept in a temporary file until then.
struct NumPyWriter: ResultWriter {
    private let width: Int
    private let precision: VectorPrecision
    private let output: JobOutput
    private let rows: JobOutput
    private var rowCount = 0

    var count: Int { output.isRegular ? rowCount : 0 }

    /// - Parameters:
    ///   - width: The number of components of a row.
    ///   - precision: The type of the components.
    init(width: Int, of precision: VectorPrecision, to output: JobOutput) throws {
        self.width = width
        self.precision = precision
        self.output = output
        rows = output.isRegular ? output : try JobOutput.temporary()
        // The header is written at the end. Until then, the file isn't a valid array.
        if output.isRegular {
            try output.write([UInt8](repeating: 0, count: header(rows: 0).count))
        }
    }

    mutating func write(_ results: [JobResult<QuantizedVector>]) throws {
        var bytes: [UInt8] = []
        for result in results { bytes += try result.value.get().bytes }
        try rows.write(bytes)
        rowCount += results.count
    }

    func finish() throws {
        let header = header(rows: rowCount)
        if output.isRegular { return try output.overwriteStart(header) }
        try output.write(header)
        try rows.copy(to: output)
    }

    /// Returns the header. Its length is the same for any realistic number of rows.
    private func header(rows: Int) -> [UInt8] {
        var header =
            "{'descr': '\(precision.numPyType.rawValue)', 'fortran_order': False, 'shape': (\(rows), \(width)), }"
        // The magic string, the version and the length take 10 bytes. The data after the header is aligned to 64 bytes.
        let length = 128 - 10
        header += String(repeating: " ", count: length - header.utf8.count - 1) + "\n"
        return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 0xff), UInt8(length >> 8)] + Array(header.utf8)
    }
}
