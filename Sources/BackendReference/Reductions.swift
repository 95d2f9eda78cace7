public import BertCore

extension ReferenceBackend {
    public func reduce(_ operation: Reduction, _ a: Tensor, axis: Int) throws -> Tensor {
        try ShapeRules.axis(axis, of: a.shape)
        let x = try view(a).floats
        let length = a.shape[axis]
        let inner = a.shape.dropFirst(axis + 1).reduce(1, *)
        let output = a.shape.replacing(axis: axis, with: 1)
        return try memory.floats(output) { out in
            workers.forEachRange(output.elementCount, grain: max(1, 16_384 / max(length, 1))) { range in
                for index in range {
                    let first = x + (index / inner * length * inner + index % inner)
                    switch operation {
                    case .sum:
                        var sum = 0.0
                        for i in 0..<length { sum += Double(first[i * inner]) }
                        out[index] = Float(sum)
                    case .maximum:
                        var best = -Float.infinity
                        for i in 0..<length { best = larger(best, first[i * inner]) }
                        out[index] = best
                    }
                }
            }
        }
    }

    public func pool(_ x: Tensor, sequences: PackedSequences, _ pooling: Pooling) throws -> Tensor {
        try ShapeRules.pool(x, sequences: sequences)
        let source = try view(x).floats
        let features = x.shape[1]
        return try memory.floats([sequences.count, features]) { out in
            workers.forEach(sequences.count) { index in
                let rows = sequences[index]
                let line = out + index * features
                for feature in 0..<features {
                    let first = source + rows.lowerBound * features + feature
                    var (sum, best) = (0.0, -Float.infinity)
                    switch pooling {
                    case .cls: line[feature] = first[0]
                    case .lastToken: line[feature] = first[(rows.count - 1) * features]
                    case .max:
                        for row in 0..<rows.count { best = larger(best, first[row * features]) }
                        line[feature] = best
                    case .mean, .meanSquareRootLength:
                        for row in 0..<rows.count { sum += Double(first[row * features]) }
                        let count = Double(rows.count)
                        line[feature] = Float(sum / (pooling == .mean ? count : count.squareRoot()))
                    }
                }
            }
        }
    }
}
