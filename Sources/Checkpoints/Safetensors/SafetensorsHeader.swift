import BertCore
import BertJSON

/// The validated header of a safetensors file.
struct SafetensorsHeader {
    struct Entry {
        let name: String
        let type: SafetensorsType
        let shape: [Int]
        /// The byte range in the file.
        var range: Range<Int>
    }

    /// The limit of the format.
    static let maximumLength = 100_000_000

    let source: String
    private(set) var metadata: [String: String] = [:]
    /// The entries in the order of their data, which they cover without gaps.
    private(set) var entries: [Entry] = []

    init(_ bytes: HostBuffer, source: String) throws {
        self.source = source
        let length = try bytes.withUnsafeBytes { try Self.headerLength($0, source: source) }
        let dataStart = 8 + length
        do {
            let json = try bytes.withUnsafeBytes { (bytes) throws(JSONError) -> JSONValue in
                try JSONValue(parsing: UnsafeRawBufferPointer(rebasing: bytes[8..<dataStart]))
            }
            for (name, node) in try JSONNode(json).members() {
                if name == "__metadata__" {
                    for (key, value) in try node.members() { metadata[key] = try value.string() }
                } else {
                    entries.append(try Self.entry(name, node, dataCount: bytes.count - dataStart, source: source))
                }
            }
        } catch let error as JSONError {
            throw BertError(
                .malformedFile, "the header is damaged: \(error.reason)", file: source,
                key: error.path.isEmpty ? nil : error.path, line: error.location?.line, column: error.location?.column)
        }
        try checkCoverage(dataCount: bytes.count - dataStart)
        for position in entries.indices {
            let range = entries[position].range
            entries[position].range = range.lowerBound + dataStart..<range.upperBound + dataStart
        }
    }

    private static func headerLength(_ bytes: UnsafeRawBufferPointer, source: String) throws -> Int {
        if let kind = otherKind(bytes) {
            throw BertError(.malformedFile, "is not a safetensors file but \(kind)", file: source)
        }
        guard bytes.count >= 8 else {
            throw BertError(
                .malformedFile,
                "has \(bytes.count) bytes, too few for a safetensors file; it was not copied completely", file: source,
                value: .int(bytes.count), limit: 8)
        }
        let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
        guard length <= UInt64(maximumLength) else {
            throw BertError(
                .malformedFile,
                "the header has \(length) bytes, but the format allows \(maximumLength); "
                    + "the file is not a safetensors file, or it is damaged", file: source,
                value: Int(exactly: length).map { .int($0) }, limit: .int(maximumLength))
        }
        guard length <= UInt64(bytes.count - 8) else {
            throw BertError(
                .malformedFile,
                "the header has \(length) bytes, but only \(bytes.count - 8) follow; "
                    + "the file was not copied completely, or it is damaged", file: source, value: .int(Int(length)),
                limit: .int(bytes.count - 8))
        }
        return Int(length)
    }

    /// Returns a description of a file that is commonly mistaken for a safetensors file.
    private static func otherKind(_ bytes: UnsafeRawBufferPointer) -> String? {
        if FileKind.isZip(bytes) { return "a zip archive, probably PyTorch weights; rename it to pytorch_model.bin" }
        return FileKind.description(of: bytes)
    }

    private static func entry(_ name: String, _ node: JSONNode, dataCount: Int, source: String) throws -> Entry {
        func malformed(
            _ reason: String, value: BertError.Value? = nil, limit: BertError.Value? = nil, choices: [String]? = nil
        ) -> BertError {
            BertError(
                .malformedFile, "the tensor \(reason)", file: source, key: name, value: value, limit: limit,
                choices: choices)
        }
        let typeName = try node.required("dtype").string()
        guard let type = SafetensorsType(rawValue: typeName) else {
            let known = SafetensorsType.allCases.map(\.rawValue)
            throw malformed(
                "has the unknown dtype \"\(typeName)\"; known are \(known.joined(separator: ", "))",
                value: .string(typeName), choices: known)
        }
        let shape = try node.required("shape").elements().map { (node) throws(JSONError) in
            try node.int(in: 0...Int.max)
        }
        let offsets = try node.required("data_offsets").elements()
        guard offsets.count == 2 else {
            throw malformed(
                "has \(offsets.count) data_offsets; it needs begin and end", value: .int(offsets.count), limit: 2)
        }
        let begin = try offsets[0].int(in: 0...Int.max)
        let end = try offsets[1].int(in: 0...Int.max)
        guard begin <= end else {
            throw malformed(
                "ends at byte \(end), before it begins at byte \(begin)", value: .int(end), limit: .int(begin))
        }
        guard end <= dataCount else {
            throw malformed(
                "ends at byte \(end) of the data, which has \(dataCount) bytes; the file was not copied completely",
                value: .int(end), limit: .int(dataCount))
        }
        var size = type.size
        for dimension in shape {
            let (product, overflow) = size.multipliedReportingOverflow(by: dimension)
            guard !overflow else {
                throw malformed(
                    "has the shape \(shape), more bytes than 64 bits can count", value: .string("\(shape)"),
                    limit: .int(.max))
            }
            size = product
        }
        guard size == end - begin else {
            throw malformed(
                "has the shape \(shape) of \(typeName), \(size) bytes, but \(end - begin) bytes of data",
                value: .int(end - begin), limit: .int(size))
        }
        return Entry(name: name, type: type, shape: shape, range: begin..<end)
    }

    /// Sorts the entries by their data, which must have neither overlaps nor gaps.
    private mutating func checkCoverage(dataCount: Int) throws {
        entries.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
        var end = 0
        var previous = "the beginning of the data"
        for entry in entries {
            let begin = entry.range.lowerBound
            guard begin == end else {
                let reason =
                    begin < end
                    ? "begins at byte \(begin) of the data, inside \(previous)"
                    : "begins at byte \(begin) of the data, but \(previous) ends at byte \(end)"
                throw BertError(
                    .malformedFile, "the tensor \(reason)", file: source, key: entry.name, value: .int(begin),
                    limit: .int(end))
            }
            end = entry.range.upperBound
            previous = "the tensor \(entry.name)"
        }
        guard end == dataCount else {
            throw BertError(
                .malformedFile,
                "the tensors have \(end) bytes, but the file has \(dataCount) bytes of data; "
                    + "the file is damaged, or data was appended", file: source, value: .int(dataCount),
                limit: .int(end))
        }
    }
}
