public import BertCore

extension OpenBLASBackend {
    public func matmul(
        _ a: Tensor, _ b: Tensor, transposeA: Bool, transposeB: Bool, scale: Float
    ) throws -> Tensor {
        let sizes = try ShapeRules.matmul(a, b, transposeA: transposeA, transposeB: transposeB)
        let (m, n, k) = (sizes.m, sizes.n, sizes.k)
        let (left, right) = (try view(a).floats, try view(b).floats)
        func operandB(_ offset: Int) -> MatrixOperand {
            MatrixOperand(start: right + offset, stride: max(1, transposeB ? k : n), isTransposed: transposeB)
        }
        return try memory.floats(sizes.output) { out in
            let batch = sizes.batch.elementCount
            // One right operand for all: the rows of all left ones are the rows of a single product.
            if !transposeA, b.shape.rowCount == (transposeB ? n : k), a.shape.elementCount == batch * m * k {
                return try products.multiply(m: batch * m, n: n, k: k, scale: scale) { _ in
                    Product(a: MatrixOperand(start: left, stride: max(1, k)), b: operandB(0), result: out)
                }
            }
            let a = BroadcastOffsets(of: Shape(a.shape.dropLast(2)), in: sizes.batch, blockSize: m * k)
            let b = BroadcastOffsets(of: Shape(b.shape.dropLast(2)), in: sizes.batch, blockSize: k * n)
            try products.multiply(count: batch, m: m, n: n, k: k, scale: scale) { index in
                Product(
                    a: MatrixOperand(
                        start: left + a[index], stride: max(1, transposeA ? m : k), isTransposed: transposeA),
                    b: operandB(b[index]), result: out + index * m * n)
            }
        }
    }
}

/// Where the block for each index of a broadcast shape begins in an operand.
private struct BroadcastOffsets {
    private let axes: [(length: Int, stride: Int)]

    /// Offsets into blocks of `blockSize` elements, one for each index of `shape`, as it broadcasts to `target`.
    init(of shape: Shape, in target: Shape, blockSize: Int) {
        var stride = blockSize
        axes = target.indices.reversed().map { axis in
            let own = axis - (target.count - shape.count)
            guard own >= 0, shape[own] != 1 else { return (target[axis], 0) }
            defer { stride *= shape[own] }
            return (target[axis], stride)
        }
    }

    /// The offset for a row-major index into the broadcast shape.
    subscript(index: Int) -> Int {
        var (rest, offset) = (index, 0)
        for axis in axes where axis.length > 1 {
            offset += rest % axis.length * axis.stride
            rest /= axis.length
        }
        return offset
    }
}
