/// Writes a matrix of float32 in NumPy's file format, version 1.0
/// (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
///
/// How many rows there are stands before them and is known at the end: they wait in a file of their own where the output
/// can't be written twice.
struct NumPyWriter: ResultWriter {
    private let width: Int
    private let output: JobOutput
    private let rows: JobOutput
    private var rowCount = 0

    var count: Int { output.isRegular ? rowCount : 0 }

    /// - Parameter width: the components of a row.
    init(width: Int, to output: JobOutput) throws {
        self.width = width
        self.output = output
        rows = output.isRegular ? output : try JobOutput.temporary()
        // Filled in at the end: until then the file is no array.
        if output.isRegular {
            try output.write([UInt8](repeating: 0, count: Self.header(rows: 0, width: width).count))
        }
    }

    mutating func write(_ results: [JobResult<[Float]>]) throws {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(4 * width * results.count)
        for result in results {
            for value in try result.value.get() {
                withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
            }
        }
        try rows.write(bytes)
        rowCount += results.count
    }

    func finish() throws {
        let header = Self.header(rows: rowCount, width: width)
        if output.isRegular { return try output.overwriteStart(header) }
        try output.write(header)
        try rows.copy(to: output)
    }

    /// What stands before the numbers; as long for any count of rows that fits a disk.
    private static func header(rows: Int, width: Int) -> [UInt8] {
        var header = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(rows), \(width)), }"
        // Magic, version and length take 10 bytes; what follows the header is aligned to 64.
        let length = 128 - 10
        header += String(repeating: " ", count: length - header.utf8.count - 1) + "\n"
        return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 0xff), UInt8(length >> 8)] + Array(header.utf8)
    }
}
