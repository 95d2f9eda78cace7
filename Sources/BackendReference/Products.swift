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
}
