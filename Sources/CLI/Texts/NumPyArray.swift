/// A matrix of float32 in NumPy's file format, version 1.0
/// (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
enum NumPyArray {
    /// What stands before the numbers; as long for any count of rows that fits a disk.
    static func header(rows: Int, width: Int) -> [UInt8] {
        var header = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(rows), \(width)), }"
        // Magic, version and length take 10 bytes; what follows the header is aligned to 64.
        let length = 128 - 10
        header += String(repeating: " ", count: length - header.utf8.count - 1) + "\n"
        return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 0xff), UInt8(length >> 8)] + Array(header.utf8)
    }

    /// The numbers of a row.
    static func bytes(of row: [Float]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(4 * row.count)
        for value in row { withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 } }
        return bytes
    }
}
