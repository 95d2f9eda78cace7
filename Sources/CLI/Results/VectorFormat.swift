import ArgumentParser
import Bert
import BertJSON

/// The output format of vectors.
enum VectorFormat: String, ResultFormat, ExpressibleByArgument {
    /// One JSON object per line, written as soon as it is available.
    case jsonl
    /// A JSON array.
    case json
    /// Numbers separated by spaces, one vector per line.
    case text
    /// A NumPy array.
    case npy

    var isLines: Bool { self == .jsonl || self == .text }
    var hasErrors: Bool { self == .jsonl || self == .json }

    /// Returns a writer of this format.
    ///
    /// - Parameters:
    ///   - member: The name of a vector in JSON.
    ///   - width: The number of components of a vector.
    ///   - precision: The type of the components.
    ///   - count: The number of results that the output already has.
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

/// A writer of the components of each vector on a line.
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
