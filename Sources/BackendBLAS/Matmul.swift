public import BertCore
import BertHostKernels

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
            // All products share the right operand, so the rows of the left operands form a single product.
            if !transposeA, b.shape.rowCount == (transposeB ? n : k), a.shape.elementCount == batch * m * k {
                return try products.multiply(m: batch * m, n: n, k: k, scale: scale) { _ in
                    Product(a: MatrixOperand(start: left, stride: max(1, k)), b: operandB(0), result: out)
                }
            }
            try products.multiply(count: batch, m: m, n: n, k: k, scale: scale) { index in
                let block = sizes.block(index)
                return Product(
                    a: MatrixOperand(
                        start: left + block.a, stride: max(1, transposeA ? m : k), isTransposed: transposeA),
                    b: operandB(block.b), result: out + block.output)
            }
        }
    }
}
