import BertCore

extension Oracle {
    /// Returns scale · op(a) · op(b), with broadcast leading axes.
    static func matmul(
        _ a: Values, _ b: Values, transposeA: Bool = false, transposeB: Bool = false, scale: Double = 1
    ) -> Values {
        let product = MatmulIndices(a.shape, b.shape, transposeA: transposeA, transposeB: transposeB)
        return Values(product.output) { index in
            let (first, second) = product.operands(of: index)
            return scale * a.dot(first, b, second, count: product.depth)
        }
    }

    /// Returns activation(x · Wᵀ + b) + residual.
    static func linear(
        _ x: Values, weight: Values, bias: Values?, activation: LinearActivation? = nil, residual: Values? = nil
    ) -> Values {
        let (inputs, outputs) = (weight.shape[1], weight.shape[0])
        func sum(_ row: Int, _ output: Int) -> Double {
            x.dot(
                (row * inputs, 1), weight, (output * inputs, 1), count: inputs, from: bias?.elements[output] ?? 0)
        }
        let width = activation?.isGated == true ? outputs / 2 : outputs
        return Values(x.shape.replacing(axis: x.shape.count - 1, with: width)) { index in
            let (row, output) = (index / width, index % width)
            let y =
                switch activation {
                case nil: sum(row, output)
                case .elementwise(let function): self.activation(function, sum(row, output))
                case .gated(let function): self.activation(function, sum(row, output)) * sum(row, width + output)
                }
            return y + (residual?.elements[index] ?? 0)
        }
    }
}

/// The places of the operands of each element in a batched product.
struct MatmulIndices {
    let output: Shape
    let depth: Int
    private let rows: Int
    private let columns: Int
    private let batchA: [Int]
    private let batchB: [Int]
    private let strideA: (row: Int, depth: Int)
    private let strideB: (depth: Int, column: Int)

    init(_ a: Shape, _ b: Shape, transposeA: Bool, transposeB: Bool) {
        let (lastA, lastB) = (a.count - 1, b.count - 1)
        rows = transposeA ? a[lastA] : a[lastA - 1]
        depth = transposeA ? a[lastA - 1] : a[lastA]
        columns = transposeB ? b[lastB - 1] : b[lastB]
        let leadingA = Shape(a.dropLast(2))
        let leadingB = Shape(b.dropLast(2))
        let batch = Oracle.broadcast(leadingA, leadingB)
        batchA = Oracle.broadcastIndices(leadingA, in: batch).map { [rows, depth] in $0 * rows * depth }
        batchB = Oracle.broadcastIndices(leadingB, in: batch).map { [columns, depth] in $0 * columns * depth }
        strideA = transposeA ? (1, rows) : (depth, 1)
        strideB = transposeB ? (1, depth) : (columns, 1)
        output = Shape(Array(batch) + [rows, columns])
    }

    func operands(of index: Int) -> (a: (first: Int, stride: Int), b: (first: Int, stride: Int)) {
        let (matrix, place) = (index / (rows * columns), index % (rows * columns))
        let (row, column) = (place / columns, place % columns)
        return (
            (batchA[matrix] + row * strideA.row, strideA.depth),
            (batchB[matrix] + column * strideB.column, strideB.depth)
        )
    }
}
