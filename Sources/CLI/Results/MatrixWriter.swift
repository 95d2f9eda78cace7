import Bert

/// A writer of a similarity matrix, which is written when all vectors are known.
struct MatrixWriter<Vector>: ResultWriter {
    private let format: VectorFormat
    private let output: JobOutput
    private let matrix: ([Vector]) throws -> [[Float]]
    private var vectors: [JobResult<Vector>] = []
    private(set) var count = 0

    /// - Parameter matrix: Returns the similarity of each pair of vectors.
    init(_ format: VectorFormat, to output: JobOutput, matrix: @escaping ([Vector]) throws -> [[Float]]) {
        self.format = format
        self.output = output
        self.matrix = matrix
    }

    mutating func write(_ results: [JobResult<Vector>]) { vectors += results }

    mutating func finish() throws {
        let matrix = try matrix(vectors.map { try $0.value.get() })
        if format == .text {
            let lines = matrix.map { row in row.map(\.fourDecimals).joined(separator: " ") + "\n" }
            try output.write(Array(lines.joined().utf8))
        } else {
            var rows = try format.writer(
                member: "similarity", width: matrix.count, of: .float32, to: output, after: 0)
            try rows.write(zip(vectors, matrix).map { JobResult(id: $0.id, value: .success(.float32($1))) })
            try rows.finish()
        }
        count = matrix.count
    }
}
