import BertCore

/// The prepared weights of a linear layer: their transpose, in panels with the width of the blocking.
///
/// Products with few rows are a fifth faster without transposing the right operand, and panels are read sequentially.
/// Only the largest weights aren't copied: an output layer over a vocabulary is used once per forward pass, and usually
/// shares its weights with the word embeddings.
final class PreparedWeights: @unchecked Sendable {
    // Points into `storage`, which isn't modified after `init`.
    /// `[in, out]`.
    let matrix: MatrixOperand
    /// `[out]`.
    let bias: UnsafePointer<Float>?
    private let owners: [Tensor]

    /// Layers with more outputs aren't copied.
    private static let copiedOutputs = 8_192

    /// Prepares a weight `[out, in]`, without copying the bias.
    ///
    /// - Parameter copies: Whether to copy the weights. False for weights that are used for a few calls only.
    init(
        weight: Tensor, bias: Tensor?, copies: Bool = true, blocking: Blocking, memory: HostMemory, workers: WorkerPool
    ) throws {
        let values = try HostView(weight, for: OpenBLASBackend.name).floats
        self.bias = try bias.map { try HostView($0, for: OpenBLASBackend.name).floats }
        let (n, k) = (weight.shape[0], weight.shape[1])
        guard copies, n <= Self.copiedOutputs else {
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

    /// The size of the blocks to copy. The rows of both matrices in a block fit the L1 cache.
    private static let block = 32

    private static func fill(
        _ out: UnsafeMutablePointer<Float>, from weight: UnsafePointer<Float>, k: Int, n: Int, width: Int,
        workers: WorkerPool
    ) {
        workers.forEachRange((n + block - 1) / block, grain: max(1, 32_768 / max(1, block * k))) { range in
            for index in range {
                let columns = index * block..<min((index + 1) * block, n)
                // The block is within a panel.
                let panel = out + columns.lowerBound / width * width * k + columns.lowerBound % width
                for first in stride(from: 0, to: k, by: block) {
                    for row in first..<min(first + block, k) {
                        // Sequential writes and strided reads; the opposite is three to ten times slower.
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
