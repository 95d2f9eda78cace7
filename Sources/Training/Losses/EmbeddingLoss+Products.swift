import BertCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension EmbeddingLoss {
    /// Computes the loss of `multipleNegativesRanking` with products of a backend.
    static func ranking(
        _ columns: [[Float]], size: Int, _ scale: Double, on backend: any ComputeBackend
    ) throws -> (value: Double, gradients: [[Double]]) {
        let (rows, count) = (columns[0].count / size, (columns.count - 1) * (columns[0].count / size))
        let anchors = UnitRows(columns[0], size: size)
        let candidates = UnitRows(columns.dropFirst().flatMap { $0 }, size: size)
        guard rows > 0 else { return (0, columns.map { _ in [] }) }
        let a = try backend.constant(anchors.values, shape: [rows, size])
        let c = try backend.constant(candidates.values, shape: [count, size])
        let cosines = try backend.floats(backend.matmul(a, c, transposeA: false, transposeB: true, scale: 1))
        var value = 0.0
        var slopes = [Float](repeating: 0, count: rows * count)
        for row in 0..<rows {
            let scores = cosines[row * count..<(row + 1) * count].map { scale * Double($0) }
            let greatest = scores.max() ?? 0
            let shares = scores.map { exp($0 - greatest) }
            let sum = shares.reduce(0, +)
            value -= (scores[row] - greatest - log(sum)) / Double(rows)
            for (index, share) in shares.enumerated() {
                slopes[row * count + index] = Float(scale * (share / sum - (index == row ? 1 : 0)) / Double(rows))
            }
        }
        let g = try backend.constant(slopes, shape: [rows, count])
        let ofAnchors = try backend.floats(backend.matmul(g, c, transposeA: false, transposeB: false, scale: 1))
        let ofCandidates = try backend.floats(backend.matmul(g, a, transposeA: true, transposeB: false, scale: 1))
        let others = candidates.unscaled(ofCandidates)
        return (
            value,
            [anchors.unscaled(ofAnchors)]
                + stride(from: 0, to: count * size, by: rows * size).map { Array(others[$0..<$0 + rows * size]) }
        )
    }

    /// Rows of the same length divided by their norms.
    private struct UnitRows {
        let size: Int
        let values: [Float]
        private let norms: [Double]

        init(_ rows: [Float], size: Int) {
            self.size = size
            let norms = stride(from: 0, to: rows.count, by: size).map { start in
                let square = rows[start..<start + size].reduce(0.0) { $0 + Double($1) * Double($1) }
                return max(square.squareRoot(), lengthEpsilon)
            }
            self.norms = norms
            values = rows.enumerated().map { Float(Double($0.element) / norms[$0.offset / size]) }
        }

        /// Returns the gradient of the rows, given that of the values.
        func unscaled(_ gradient: [Float]) -> [Double] {
            var result: [Double] = []
            result.reserveCapacity(gradient.count)
            for (row, norm) in norms.enumerated() {
                let range = row * size..<(row + 1) * size
                let along = range.reduce(0.0) { $0 + Double(gradient[$1]) * Double(values[$1]) }
                for index in range { result.append((Double(gradient[index]) - Double(values[index]) * along) / norm) }
            }
            return result
        }
    }
}
