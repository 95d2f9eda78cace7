import BertCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The weights of a layer normalization.
struct NormValues: Sendable {
    let weight: Values
    let bias: Values?
    let epsilon: Double
}

extension Oracle {
    static func layerNorm(_ x: Values, residual: Values? = nil, _ weights: NormValues) -> Values {
        let y = residual.map { binary(.add, x, $0) } ?? x
        let width = y.width
        var elements: [Double] = []
        for index in 0..<y.rowCount {
            let row = y.row(index)
            let mean = row.reduce(0, +) / Double(width)
            let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(width)
            let deviation = (variance + weights.epsilon).squareRoot()
            for (i, value) in row.enumerated() {
                elements.append(
                    (value - mean) / deviation * weights.weight.elements[i] + (weights.bias?.elements[i] ?? 0))
            }
        }
        return Values(y.shape, elements)
    }

    static func softmax(_ x: Values, mask: Values? = nil, scale: Double = 1) -> Values {
        var scores = x.map { scale * $0 }
        // Rounded like the sum in float32, in which the lowest finite number absorbs the score, and so masks it.
        if let mask { scores = binary(.add, scores, mask).rounded(to: .float32) }
        return Values(x.shape, (0..<scores.rowCount).flatMap { softmax(of: scores.row($0)) })
    }

    /// Returns the softmax. −∞ masks an element like the lowest finite number; if all elements are masked, the result
    /// is uniform.
    static func softmax(of scores: some Collection<Double>) -> [Double] {
        let row = scores.map { greater($0, -Double(Float.greatestFiniteMagnitude)) }
        let greatest = row.reduce(-.infinity, greater)
        let exponentials = row.map { exp($0 - greatest) }
        let sum = exponentials.reduce(0, +)
        return exponentials.map { $0 / sum }
    }

    static func pool(_ x: Values, sequences: PackedSequences, _ pooling: Pooling) -> Values {
        let width = x.width
        let vectors = (0..<sequences.count).flatMap { index -> [Double] in
            let rows = sequences[index].map { Array(x.row($0)) }
            let count = Double(rows.count)
            return (0..<width).map { i in
                let column = rows.map { $0[i] }
                switch pooling {
                case .cls: return column[0]
                case .lastToken: return column[column.count - 1]
                case .mean: return column.reduce(0, +) / count
                case .max: return column.reduce(-.infinity, greater)
                case .meanSquareRootLength: return column.reduce(0, +) / count.squareRoot()
                }
            }
        }
        return Values([sequences.count, width], vectors)
    }

    static func l2Normalize(_ x: Values, epsilon: Double) -> Values {
        Values(
            x.shape,
            (0..<x.rowCount).flatMap { index -> [Double] in
                let norm = x.row(index).reduce(0) { $0 + $1 * $1 }.squareRoot()
                return x.row(index).map { $0 / max(norm, epsilon) }
            })
    }
}
