import BertCheckpoints
import BertCore

/// The type of the elements of an array, with NumPy's name.
enum NumPyType: String {
    case float32 = "<f4"
    case int8 = "|i1"
    case uint8 = "|u1"

    /// The number of bytes of an element.
    var size: Int { self == .float32 ? 4 : 1 }

    /// The values of --corpus-precision for vectors of this type.
    fileprivate var precisions: [String] {
        switch self {
        case .float32: ["float32"]
        case .int8: ["int8", "binary"]
        case .uint8: ["uint8", "ubinary"]
        }
    }
}

/// A reader of matrices of float32 or bytes in NumPy's file format
/// (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
struct NumPyReader {
    private let source: ByteSource
    private let type: NumPyType
    private let rows: Int
    let width: Int
    /// The offset of the numbers in the file.
    private let offset: Int
    /// The bytes of an incomplete row.
    private var pending: [UInt8]

    /// Reads the header.
    ///
    /// - Parameter type: The required type of the elements.
    /// - Throws: `BertError` if the file isn't a NumPy file, or has an array of another type or shape.
    init(_ source: ByteSource, of type: NumPyType) throws {
        self.source = source
        self.type = type
        pending = []
        func take(_ count: Int, _ pending: inout [UInt8]) throws -> [UInt8] {
            while pending.count < count {
                guard let more = try source.next() else {
                    throw BertError(.malformedFile, "not a NumPy array: it ends in the header", file: source.name)
                }
                pending += more
            }
            defer { pending.removeFirst(count) }
            return Array(pending[..<count])
        }
        let start = try take(8, &pending)
        guard start.starts(with: [0x93] + Array("NUMPY".utf8)), (1...3).contains(start[6]) else {
            throw BertError(.malformedFile, "not a NumPy array of version 1 to 3", file: source.name)
        }
        let length = try take(start[6] == 1 ? 2 : 4, &pending).reversed().reduce(0) { $0 << 8 | Int($1) }
        offset = 8 + (start[6] == 1 ? 2 : 4) + length
        let header = NumPyHeader(String(decoding: try take(length, &pending), as: UTF8.self))
        guard header.type == type.rawValue, header.isRowMajor, header.shape.count == 2, header.shape[1] <= 1 << 24
        else {
            throw Self.failure(source.name, header, type)
        }
        (rows, width) = (header.shape[0], header.shape[1])
    }

    private static func failure(_ name: String, _ header: NumPyHeader, _ type: NumPyType) -> BertError {
        let found =
            "an array of \(header.type) and shape \(header.shape)\(header.isRowMajor ? "" : " in Fortran order")"
        let other = header.type == type.rawValue ? nil : NumPyType(rawValue: header.type)
        let remedy =
            other.map {
                "for such vectors of a corpus, use --corpus-precision \($0.precisions.joined(separator: " or "))"
            }
            ?? "numpy.save(file, numpy.ascontiguousarray(array, dtype=\"\(type)\"))"
        return BertError(
            .malformedFile,
            "\(found); expected a \(type) matrix with a vector per row: \(remedy)", file: name,
            value: .string(header.type), limit: .string(type.rawValue), choices: other?.precisions)
    }

    /// Maps the file into memory and returns its rows, `[rows, width]`.
    ///
    /// - Throws: `BertError` if the number of rows is different from that in the header.
    func mappedRows() throws -> HostBuffer {
        let file = try MappedFile.map(source.name)
        let count = (file.count - offset) / max(1, type.size * width)
        guard file.count == offset + type.size * rows * width else {
            throw failure(count, hasMore: file.count > offset + type.size * count * width)
        }
        return file[offset..<file.count]
    }

    private func failure(_ count: Int, hasMore: Bool) -> BertError {
        BertError(
            .malformedFile,
            "has \(count) numbers instead of the \(rows) rows with \(width) numbers in its header\(hasMore ? ", and some bytes" : "")",
            file: source.name, value: .int(count), limit: .int(rows * width))
    }

    /// Calls `body` with groups of rows in order.
    ///
    /// - Throws: `BertError` if the number of rows is different from that in the header; errors of `body`.
    func forEachGroup(_ body: ([VectorRecord<[Float]>]) throws -> Void) throws {
        var (count, pending) = (0, pending[...])
        while true {
            let bytes = type.size * width
            let whole = width == 0 ? 0 : min(pending.count / bytes, rows - count)
            let records = (0..<whole).map { row in
                VectorRecord(
                    vector: numbers(pending.dropFirst(bytes * row).prefix(bytes)),
                    place: InputPlace(source: source.name, unit: "row", number: count + row))
            }
            if !records.isEmpty { try body(records) }
            count += whole
            pending = pending.dropFirst(bytes * whole)
            guard count < rows || pending.isEmpty, let more = try source.next() else { break }
            pending = ArraySlice(Array(pending) + more)
        }
        guard count == rows, pending.isEmpty else { throw failure(count, hasMore: !pending.isEmpty) }
    }

    /// Returns the elements of a row.
    private func numbers(_ bytes: ArraySlice<UInt8>) -> [Float] {
        switch type {
        case .float32:
            stride(from: bytes.startIndex, to: bytes.endIndex, by: 4).map { place in
                Float(bitPattern: bytes[place..<place + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) })
            }
        case .int8: bytes.map { Float(Int8(bitPattern: $0)) }
        case .uint8: bytes.map { Float($0) }
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
