import BertCore

/// What a linear layer's weights become: their transpose, in panels as wide as products are cut.
///
/// A product with few rows is a fifth faster when the right operand is not to be transposed, and a panel is read from one
/// end to the other. Only the largest weights stay as they are: an output layer over a vocabulary is used once in a forward
/// pass, and mostly is the table of word embeddings, which is in memory anyway.
final class PreparedWeights: @unchecked Sendable {
    // Points into `storage`, which is written before anybody else has it.
    /// `[in, out]`.
    let matrix: MatrixOperand
    /// `[out]`.
    let bias: UnsafePointer<Float>?
    private let owners: [Tensor]

    /// The most outputs of a layer whose weights are copied.
    private static let copiedOutputs = 8_192

    /// Prepares a weight `[out, in]`; keeps the bias where it is.
    init(weight: Tensor, bias: Tensor?, blocking: Blocking, memory: HostMemory, workers: WorkerPool) throws {
        let values = try HostView(weight, for: OpenBLASBackend.name).floats
        self.bias = try bias.map { try HostView($0, for: OpenBLASBackend.name).floats }
        let (n, k) = (weight.shape[0], weight.shape[1])
        guard n <= Self.copiedOutputs else {
            matrix = MatrixOperand(start: values, stride: max(1, k), isTransposed: true)
            owners = [weight, bias].compactMap(\.self)
            return
        }
        let width = max(1, min(blocking.columns, n))
        let shape = try Shape(checking: [(n + width - 1) / width, k, width])
        let panels = try memory.floats(shape) {
            Self.fill($0, from: values, k: k, n: n, width: width, workers: workers)
        }
        matrix = MatrixOperand(
            start: try HostView(panels, for: OpenBLASBackend.name).floats, stride: width, panelSize: k * width)
        owners = [panels, bias].compactMap(\.self)
    }

    /// Rows and columns that are filled together: their lines of both matrices stay in the first-level cache.
    private static let block = 32

    private static func fill(
        _ out: UnsafeMutablePointer<Float>, from weight: UnsafePointer<Float>, k: Int, n: Int, width: Int,
        workers: WorkerPool
    ) {
        workers.forEachRange((n + block - 1) / block, grain: max(1, 32_768 / max(1, block * k))) { range in
            for index in range {
                let columns = index * block..<min((index + 1) * block, n)
                // The block lies within a panel.
                let panel = out + columns.lowerBound / width * width * k + columns.lowerBound % width
                for first in stride(from: 0, to: k, by: block) {
                    for row in first..<min(first + block, k) {
                        // Written in order, read across: the other way round is three to ten times slower.
                        var place = panel + row * width
                        var source = weight + (columns.lowerBound * k + row)
                        for _ in columns {
                            place.pointee = source.pointee
                            place += 1
                            source += k
                        }
                    }
                }
            }
        }
    }
}
