public import BertCore

extension ReferenceBackend {
    public func matmul(
        _ a: Tensor, _ b: Tensor, transposeA: Bool, transposeB: Bool, scale: Float
    ) throws -> Tensor {
        let sizes = try ShapeRules.matmul(a, b, transposeA: transposeA, transposeB: transposeB)
        let (m, n, k) = (sizes.m, sizes.n, sizes.k)
        if transposeA {
            let last = a.shape.count - 1
            var axes = Array(0...last)
            axes.swapAt(last, last - 1)
            return try matmul(permute(a, axes: axes), b, transposeA: false, transposeB: transposeB, scale: scale)
        }
        let (x, y) = (try view(a), try view(b))
        let left = BroadcastOffsets(of: Shape(a.shape.dropLast(2)), in: sizes.batch, blockSize: m * k)
        let right = BroadcastOffsets(of: Shape(b.shape.dropLast(2)), in: sizes.batch, blockSize: k * n)
        return try memory.floats(sizes.output) { out in
            var packed: (offset: Int, matrix: PackedMatrix)?
            for index in 0..<sizes.batch.elementCount {
                let offset = right[index]
                if packed?.offset != offset {
                    let matrix = try PackedMatrix(
                        y.floats + offset, k: k, n: n, rowStride: transposeB ? 1 : n,
                        columnStride: transposeB ? k : 1, memory: memory)
                    packed = (offset, matrix)
                }
                packed?.matrix.multiply(
                    x.floats + left[index], rows: m, stride: k, scale: scale, into: out + index * m * n,
                    workers: workers)
            }
        }
    }

    public func prepareLinear(weight: Tensor, bias: Tensor?) throws -> PreparedLinear {
        let (inputSize, outputSize) = try ShapeRules.linearWeights(weight: weight, bias: bias)
        let matrix = try PackedMatrix(
            view(weight).floats, k: inputSize, n: outputSize, rowStride: 1, columnStride: inputSize, memory: memory)
        let biases = try bias.map { try Array(UnsafeBufferPointer(start: view($0).floats, count: outputSize)) }
        return PreparedLinear(
            backend: info.name, inputSize: inputSize, outputSize: outputSize,
            payload: ReferenceLinear(matrix: matrix, bias: biases))
    }

    public func linear(
        _ x: Tensor, _ weights: PreparedLinear, activation: Activation?, residual: Tensor?
    ) throws -> Tensor {
        let output = try ShapeRules.linear(x, weights, residual: residual)
        let own = try weights.payload(as: ReferenceLinear.self, for: info.name)
        let input = try view(x)
        let added = try residual.map(view)
        let (rows, n) = (x.shape.rowCount, weights.outputSize)
        return try memory.floats(output) { out in
            own.matrix.multiply(
                input.floats, rows: rows, stride: weights.inputSize, scale: 1, into: out, workers: workers)
            workers.forEachRange(rows, grain: max(1, 4_096 / max(n, 1))) { range in
                for row in range {
                    let line = out + row * n
                    if let bias = own.bias { for i in 0..<n { line[i] += bias[i] } }
                    if let activation { activation.apply(line, count: n, into: line) }
                    if let added { for i in 0..<n { line[i] += added.floats[row * n + i] } }
                }
            }
        }
    }
}

/// What a linear layer's weights become: packed columns and a bias.
private final class ReferenceLinear: Sendable {
    let matrix: PackedMatrix
    let bias: [Float]?

    init(matrix: PackedMatrix, bias: [Float]?) {
        self.matrix = matrix
        self.bias = bias
    }
}
