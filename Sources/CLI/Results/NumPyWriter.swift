import Bert

/// Writes a matrix in NumPy's file format, version 1.0
/// (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
///
/// How many rows there are stands before them and is known at the end: they wait in a file of their own where the output
/// can't be written twice.
struct NumPyWriter: ResultWriter {
    private let width: Int
    private let precision: VectorPrecision
    private let output: JobOutput
    private let rows: JobOutput
    private var rowCount = 0

    var count: Int { output.isRegular ? rowCount : 0 }

    /// - Parameters:
    ///   - width: the numbers of a row.
    ///   - precision: what they are stored as.
    init(width: Int, of precision: VectorPrecision, to output: JobOutput) throws {
        self.width = width
        self.precision = precision
        self.output = output
        rows = output.isRegular ? output : try JobOutput.temporary()
        // Filled in at the end; until then the file is not a valid array.
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

    /// What stands before the numbers; as long for any count of rows that fits a disk.
    private func header(rows: Int) -> [UInt8] {
        var header = "{'descr': '\(precision.numPyType)', 'fortran_order': False, 'shape': (\(rows), \(width)), }"
        // Magic, version and length take 10 bytes; what follows the header is aligned to 64.
        let length = 128 - 10
        header += String(repeating: " ", count: length - header.utf8.count - 1) + "\n"
        return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 0xff), UInt8(length >> 8)] + Array(header.utf8)
    }
}
