public import BertCore
import BertHostKernels

extension SIMDBackend {
    public func matmul(
        _ a: Tensor, _ b: Tensor, transposeA: Bool, transposeB: Bool, scale: Float
    ) throws -> Tensor {
        let sizes = try ShapeRules.matmul(a, b, transposeA: transposeA, transposeB: transposeB)
        let (m, n, k) = (sizes.m, sizes.n, sizes.k)
        let (left, right) = (try view(a).floats, try view(b).floats)
        return try kernels.memory.floats(sizes.output) { output in
            func product(_ item: Int, rows: Int) -> KernelProduct {
                let block = sizes.block(item)
                return KernelProduct(
                    rows: rows, inner: k, columns: n, x: left + block.a, isTurned: transposeA,
                    weights: .plain(start: right + block.b, step: transposeB ? 1 : n, stride: transposeB ? k : 1),
                    scale: scale, y: output + block.output, by: kernels)
            }
            // All products share the right operand, so the rows of the left ones form a single product.
            let batch = sizes.batch.elementCount
            let isShared =
                !transposeA && b.shape.rowCount == (transposeB ? n : k) && a.shape.elementCount == batch * m * k
            let (items, rows) = isShared ? (min(batch, 1), batch * m) : (batch, m)
            guard items > 0 else { return }
            let whole = product(0, rows: rows)
            let division = whole.division(threads: items >= kernels.workers.threads ? 1 : kernels.workers.threads)
            try run(items * division.count, "matmul \(a.shape) x \(b.shape)") { index in
                let item = index / division.count
                return (item == 0 ? whole : product(item, rows: rows))
                    .compute(division[index % division.count], scratch: scratch)
            }
        }
    }
}
