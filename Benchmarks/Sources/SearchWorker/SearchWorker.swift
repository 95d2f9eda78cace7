import Bert
import Foundation

/// Searches vectors on request, with the protocol of search/run.
///
///     SearchWorker PRECISION WIDTH CORPUS RANGES QUERIES
///
/// The files contain only numbers: vectors of the precision, and float32 for ranges (minima, maxima) and queries. Each line of
/// the input is a number of queries. The answer is a JSON object with the milliseconds and the ids of the ten best hits.
@main
struct SearchWorker {
    static func main() throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard arguments.count == 5, let precision = VectorPrecision(rawValue: arguments[0]),
            let width = Int(arguments[1])
        else {
            FileHandle.standardError.write(Data("usage: SearchWorker PRECISION WIDTH CORPUS RANGES QUERIES\n".utf8))
            exit(64)
        }
        let ranges = try precision.needsRanges ? VectorRanges(of: vectors(in: arguments[3], width)) : nil
        let queries = try vectors(in: arguments[4], width)
        var search = SemanticSearch(.dot, on: try BackendRegistry.shared.backend())
        let rows = MappedRows(
            try Data(contentsOf: URL(fileURLWithPath: arguments[2]), options: .alwaysMapped) as NSData)
        try search.add(rows: rows.buffer, width: width, quantizedBy: VectorQuantizer(precision, ranges: ranges))
        while let count = readLine().flatMap({ Int($0) }) {
            let start = ContinuousClock.now
            let hits: [[SearchHit]] = try search.search(Array(queries[..<count]), topK: 10)
            let answer = Answer(
                milliseconds: (.now - start) / .milliseconds(1), ids: hits.map { $0.map(\.corpusID) })
            FileHandle.standardOutput.write(try JSONEncoder().encode(answer) + Data("\n".utf8))
        }
    }

    private static func vectors(in path: String, _ width: Int) throws -> [[Float]] {
        let numbers = try Data(contentsOf: URL(fileURLWithPath: path)).withUnsafeBytes {
            Array($0.bindMemory(to: Float.self))
        }
        return stride(from: 0, to: numbers.count, by: width).map { Array(numbers[$0..<$0 + width]) }
    }

    private struct Answer: Encodable {
        let milliseconds: Double
        let ids: [[Int]]
    }
}

/// The bytes of a mapped file.
private final class MappedRows: @unchecked Sendable {
    // Immutable.
    private let data: NSData

    init(_ data: NSData) { self.data = data }

    var buffer: HostBuffer {
        HostBuffer(unsafe: UnsafeRawBufferPointer(start: data.bytes, count: data.length), owner: self)
    }
}
