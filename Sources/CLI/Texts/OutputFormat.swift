import ArgumentParser
import BertCore
import BertJSON

/// How vectors are written.
enum OutputFormat: String, CaseIterable, ExpressibleByArgument {
    /// One JSON object a line, as soon as it is there.
    case jsonl
    /// One JSON array.
    case json
    /// Numbers with spaces between, one vector a line.
    case text
    /// A NumPy array.
    case npy
}

/// Writes vectors in some format, as early as the format allows.
struct VectorWriter {
    private let format: OutputFormat
    /// What a vector is called in JSON.
    private let member: String
    private let width: Int?
    private let output: JobOutput
    /// How many were written.
    private(set) var count: Int
    private var kept: [[Float]] = []

    /// - Parameters:
    ///   - width: the components of a vector, for an array without any; nil if they are as many as vectors.
    ///   - count: how many the output has already.
    init(
        _ format: OutputFormat, member: String, width: Int?, to output: JobOutput = .standard, after count: Int = 0
    ) throws {
        self.format = format
        self.member = member
        self.width = width
        self.output = output
        self.count = count
        // Filled in at the end: until then the file is no array.
        if format == .npy, output.isRegular {
            try output.write([UInt8](repeating: 0, count: NumPyArray.header(rows: 0, width: width ?? 0).count))
        }
    }

    /// Takes the next vectors.
    mutating func write(_ records: [TextRecord], _ vectors: [[Float]]) throws {
        try write(zip(records, vectors).map { ($0, .success($1)) })
    }

    /// Takes the next results; an error becomes `{"index":…,"error":…}`.
    mutating func write(_ results: [(TextRecord?, Result<[Float], BertError>)]) throws {
        var bytes: [UInt8] = []
        var number = count
        for (record, result) in results {
            switch format {
            case .jsonl: bytes += object(number, record, result).serializedBytes() + [0x0a]
            case .json:
                bytes += Array((number == 0 ? "[\n" : ",\n").utf8) + object(number, record, result).serializedBytes()
            case .text:
                bytes += Array((try result.get().map(\.description).joined(separator: " ") + "\n").utf8)
            case .npy where output.isRegular: bytes += NumPyArray.bytes(of: try result.get())
            case .npy: kept.append(try result.get())
            }
            number += 1
        }
        try output.write(bytes)
        count = number
    }

    /// Writes what can only be written at the end.
    func finish() throws {
        switch format {
        case .jsonl, .text: return
        case .json: try output.write(Array((count == 0 ? "[]\n" : "\n]\n").utf8))
        case .npy:
            let header = NumPyArray.header(rows: count, width: width ?? count)
            guard !output.isRegular else { return try output.overwriteStart(header) }
            try output.write(header)
            for row in kept { try output.write(NumPyArray.bytes(of: row)) }
        }
    }

    private func object(_ index: Int, _ record: TextRecord?, _ result: Result<[Float], BertError>) -> JSONValue {
        var object: JSONObject = ["index": .int(index)]
        if let id = record?.id { object["id"] = id }
        switch result {
        case .success(let vector): object[member] = .array(vector.map(JSONValue.float))
        case .failure(let error): object["error"] = .string("\(error)")
        }
        return .object(object)
    }
}
