import Bert

/// Writes how alike vectors are, once all are known: the cosines of all pairs.
struct MatrixWriter: ResultWriter {
    private let format: VectorFormat
    private let output: JobOutput
    private var vectors: [JobResult<[Float]>] = []
    private(set) var count = 0

    init(_ format: VectorFormat, to output: JobOutput) {
        self.format = format
        self.output = output
    }

    mutating func write(_ results: [JobResult<[Float]>]) { vectors += results }

    mutating func finish() throws {
        let matrix = Self.cosines(try vectors.map { try $0.value.get() })
        if format == .text {
            let lines = matrix.map { row in row.map { Self.fourDecimals($0) }.joined(separator: " ") + "\n" }
            try output.write(Array(lines.joined().utf8))
        } else {
            var rows = try format.writer(member: "similarity", width: matrix.count, to: output, after: 0)
            try rows.write(zip(vectors, matrix).map { JobResult(id: $0.id, value: .success($1)) })
            try rows.finish()
        }
        count = matrix.count
    }

    /// Cosines of all pairs, summed in double precision; 0 with a vector of length 0.
    private static func cosines(_ vectors: [[Float]]) -> [[Float]] {
        func product(_ a: [Float], _ b: [Float]) -> Double { zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) } }
        let lengths = vectors.map { product($0, $0).squareRoot() }
        return vectors.indices.map { i in
            vectors.indices.map { j in
                let scale = lengths[i] * lengths[j]
                return scale > 0 ? Float(product(vectors[i], vectors[j]) / scale) : 0
            }
        }
    }

    /// From `-1.0000` to ` 1.0000`, so that columns stand under each other.
    private static func fourDecimals(_ value: Float) -> String {
        guard value.isFinite else { return "    nan" }
        let units = Int((Double(value) * 10_000).rounded())
        let fraction = String(units.magnitude % 10_000)
        return (units < 0 ? "-" : " ") + "\(units.magnitude / 10_000)."
            + String(repeating: "0", count: 4 - fraction.count) + fraction
    }
}
