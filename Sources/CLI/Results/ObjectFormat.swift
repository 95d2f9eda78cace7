import ArgumentParser
import BertJSON

/// The output format of results that are objects.
enum ObjectFormat: String, ResultFormat, ExpressibleByArgument {
    /// One JSON object per line, written as soon as it is available.
    case jsonl
    /// A JSON array.
    case json

    var isLines: Bool { self == .jsonl }
    var hasErrors: Bool { true }
}

/// An output of JSON objects, either one per line or in an array.
struct ObjectOutput {
    private let format: ObjectFormat
    private let output: JobOutput
    /// The number of objects written.
    private(set) var count: Int

    /// - Parameter count: The number of objects that the output already has.
    init(_ format: ObjectFormat, to output: JobOutput, after count: Int = 0) {
        self.format = format
        self.output = output
        self.count = count
    }

    /// Writes the next objects.
    mutating func write(_ objects: [JSONObject]) throws {
        var bytes: [UInt8] = []
        for (index, object) in objects.enumerated() {
            let line = JSONValue.object(object).serializedBytes()
            switch format {
            case .jsonl: bytes += line + [0x0a]
            case .json: bytes += Array((count + index == 0 ? "[\n" : ",\n").utf8) + line
            }
        }
        try output.write(bytes)
        count += objects.count
    }

    /// Writes the end of an array.
    func finish() throws {
        if format == .json { try output.write(Array((count == 0 ? "[]\n" : "\n]\n").utf8)) }
    }
}
