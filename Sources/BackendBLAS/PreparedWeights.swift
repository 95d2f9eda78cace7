import BertCore

/// What a linear layer's weights become: their transpose, in panels as wide as products are cut.
///
/// A product with few rows is a fifth faster when the right operand is not to be transposed, and a panel is read from one
/// end to the other.
final class PreparedWeights: @unchecked Sendable {
    // Points into `storage`, which is written before anybody else has it.
    /// `[in, out]`.
    let matrix: MatrixOperand
    /// `[out]`.
    let bias: UnsafePointer<Float>?
    private let owners: [Tensor]

    /// Copies a weight `[out, in]`; keeps the bias where it is.
    init(
        _ weight: UnsafePointer<Float>, bias: Tensor?, biasValues: UnsafePointer<Float>?, inputSize: Int,
        outputSize: Int, blocking: Blocking, memory: HostMemory, workers: WorkerPool
    ) throws {
        let width = max(1, min(blocking.columns, outputSize))
        let panels = (outputSize + width - 1) / width
        let shape = try Shape(checking: [panels, inputSize, width])
        var start: UnsafePointer<Float>?
        let storage = try memory.floats(shape) { out in
            start = UnsafePointer(out)
            Self.fill(out, from: weight, k: inputSize, n: outputSize, width: width, workers: workers)
        }
        matrix = MatrixOperand(start: start ?? weight, stride: width, panelSize: inputSize * width)
        self.bias = biasValues
        owners = [storage] + (bias.map { [$0] } ?? [])
    }

    /// Small enough that a block's lines of both matrices stay in the first-level cache.
    private static let block = 16

    private static func fill(
        _ out: UnsafeMutablePointer<Float>, from weight: UnsafePointer<Float>, k: Int, n: Int, width: Int,
        workers: WorkerPool
    ) {
        workers.forEachRange((n + block - 1) / block, grain: max(1, 32_768 / max(1, block * k))) { range in
            for index in range {
                let columns = index * block..<min((index + 1) * block, n)
                for row in stride(from: 0, to: k, by: block) {
                    for column in columns {
                        let target = out + column / width * width * k + column % width
                        for i in row..<min(row + block, k) { target[i * width] = weight[column * k + i] }
                    }
                }
            }
        }
    }
}
