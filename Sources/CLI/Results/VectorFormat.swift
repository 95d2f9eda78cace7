import ArgumentParser
import Bert
import BertJSON

/// How vectors are written.
enum VectorFormat: String, ResultFormat, ExpressibleByArgument {
    /// One JSON object a line, as soon as it is there.
    case jsonl
    /// One JSON array.
    case json
    /// Numbers with spaces between, one vector a line.
    case text
    /// A NumPy array.
    case npy

    var isLines: Bool { self == .jsonl || self == .text }
    var hasErrors: Bool { self == .jsonl || self == .json }

    /// A writer of this format.
    ///
    /// - Parameters:
    ///   - member: what a vector is called in JSON.
    ///   - width: the numbers of a vector.
    ///   - precision: what they are stored as.
    ///   - count: how many the output has already.
    func writer(
        member: String, width: Int, of precision: VectorPrecision, to output: JobOutput, after count: Int
    ) throws -> any ResultWriter<QuantizedVector> {
        func objects(_ format: ObjectFormat) -> ObjectWriter<QuantizedVector> {
            ObjectWriter(format, to: output, after: count, as: member)
        }
        return switch self {
        case .jsonl: objects(.jsonl)
        case .json: objects(.json)
        case .text: NumberWriter(to: output, after: count)
        case .npy: try NumPyWriter(width: width, of: precision, to: output)
        }
    }
}

/// Writes the numbers of a vector on a line.
private struct NumberWriter: ResultWriter {
    private let output: JobOutput
    private(set) var count: Int

    init(to output: JobOutput, after count: Int) {
        self.output = output
        self.count = count
    }

    mutating func write(_ results: [JobResult<QuantizedVector>]) throws {
        var text = ""
        for result in results { text += try result.value.get().words.joined(separator: " ") + "\n" }
        try output.write(Array(text.utf8))
        count += results.count
    }

    func finish() {}
}
