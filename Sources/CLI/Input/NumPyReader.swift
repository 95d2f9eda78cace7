import BertCheckpoints
import BertCore

/// A reader of float32 matrices in NumPy's file format
/// (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
struct NumPyReader {
    private let source: ByteSource
    private let rows: Int
    let width: Int
    /// The offset of the numbers in the file.
    private let offset: Int
    /// The bytes of an incomplete row.
    private var pending: [UInt8]

    /// Reads the header.
    ///
    /// - Throws: `BertError` if the file isn't a NumPy file, or has an array of another type or shape.
    init(_ source: ByteSource) throws {
        self.source = source
        pending = []
        func take(_ count: Int, _ pending: inout [UInt8]) throws -> [UInt8] {
            while pending.count < count {
                guard let more = try source.next() else {
                    throw BertError(.malformedFile, "\(source.name) is not a NumPy array: it ends in the header")
                }
                pending += more
            }
            defer { pending.removeFirst(count) }
            return Array(pending[..<count])
        }
        let start = try take(8, &pending)
        guard start.starts(with: [0x93] + Array("NUMPY".utf8)), (1...3).contains(start[6]) else {
            throw BertError(.malformedFile, "\(source.name) is not a NumPy array of version 1 to 3")
        }
        let length = try take(start[6] == 1 ? 2 : 4, &pending).reversed().reduce(0) { $0 << 8 | Int($1) }
        offset = 8 + (start[6] == 1 ? 2 : 4) + length
        let header = NumPyHeader(String(decoding: try take(length, &pending), as: UTF8.self))
        guard header.type == "<f4", header.isRowMajor, header.shape.count == 2, header.shape[1] <= 1 << 24
        else {
            throw BertError(
                .malformedFile,
                """
                \(source.name) is an array of \(header.type) and shape \(header.shape)\
                \(header.isRowMajor ? "" : " in Fortran order"); expected a float32 matrix with a vector per row: \
                numpy.save(file, numpy.ascontiguousarray(array, dtype="float32"))
                """)
        }
        (rows, width) = (header.shape[0], header.shape[1])
    }

    /// Maps the file into memory and returns its rows, `[rows, width]`.
    ///
    /// - Throws: `BertError` if the number of rows is different from that in the header.
    func mappedRows() throws -> HostBuffer {
        let file = try MappedFile.map(source.name)
        let count = (file.count - offset) / max(1, 4 * width)
        guard file.count == offset + 4 * rows * width else {
            throw failure(count, hasMore: file.count > offset + 4 * count * width)
        }
        return file[offset..<file.count]
    }

    private func failure(_ count: Int, hasMore: Bool) -> BertError {
        BertError(
            .malformedFile,
            "\(source.name) has \(count) numbers instead of the \(rows) rows with \(width) numbers in its header\(hasMore ? ", and some bytes" : "")"
        )
    }

    /// Calls `body` with groups of rows in order.
    ///
    /// - Throws: `BertError` if the number of rows is different from that in the header; errors of `body`.
    func forEachGroup(_ body: ([VectorRecord<[Float]>]) throws -> Void) throws {
        var (count, pending) = (0, pending[...])
        while true {
            let whole = width == 0 ? 0 : min(pending.count / (4 * width), rows - count)
            let records = (0..<whole).map { row in
                VectorRecord(
                    vector: Self.floats(pending.dropFirst(4 * width * row).prefix(4 * width)),
                    place: InputPlace(source: source.name, unit: "row", number: count + row))
            }
            if !records.isEmpty { try body(records) }
            count += whole
            pending = pending.dropFirst(4 * width * whole)
            guard count < rows || pending.isEmpty, let more = try source.next() else { break }
            pending = ArraySlice(Array(pending) + more)
        }
        guard count == rows, pending.isEmpty else { throw failure(count, hasMore: !pending.isEmpty) }
    }

    private static func floats(_ bytes: ArraySlice<UInt8>) -> [Float] {
        stride(from: bytes.startIndex, to: bytes.endIndex, by: 4).map { place in
            Float(bitPattern: bytes[place..<place + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) })
        }
    }
}

/// The Python dictionary literal that describes an array.
private struct NumPyHeader {
    let type: String
    let isRowMajor: Bool
    let shape: [Int]

    /// Parses a header. Missing values are empty.
    init(_ text: String) {
        func value(_ key: String, to end: Character) -> Substring {
            guard let range = text.firstRange(of: "'\(key)':") else { return "" }
            return text[range.upperBound...].prefix { $0 != end }
        }
        type = value("descr", to: ",").filter { $0 != "'" && $0 != " " }
        isRowMajor = value("fortran_order", to: ",").contains("False")
        shape = value("shape", to: ")").split(separator: ",").compactMap { Int($0.filter(\.isNumber)) }
    }
}
