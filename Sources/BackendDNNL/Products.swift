public import BertCore
import BertHostKernels
import Synchronization

extension DNNLBackend {
    public func matmul(
        _ a: Tensor, _ b: Tensor, transposeA: Bool, transposeB: Bool, scale: Float
    ) throws -> Tensor {
        let sizes = try ShapeRules.matmul(a, b, transposeA: transposeA, transposeB: transposeB)
        let (m, n, k) = (sizes.m, sizes.n, sizes.k)
        let (left, right) = (try view(a), try view(b))
        return try memory.floats(sizes.output) { output in
            guard sizes.output.elementCount > 0 else { return }
            guard k > 0 else { return output.update(repeating: 0, count: sizes.output.elementCount) }
            let leftOffsets = BatchOffsets(of: Shape(a.shape.dropLast(2)), in: sizes.batch, blockSize: m * k)
            let rightOffsets = BatchOffsets(of: Shape(b.shape.dropLast(2)), in: sizes.batch, blockSize: k * n)
            let rowStride = transposeA ? 1 : k
            let pieces = MatmulPieces(
                batch: sizes.batch.elementCount, rows: m, work: Double(m) * Double(n) * Double(k),
                threads: workers.threads)
            func product(rows: Int) throws -> Product {
                try products.product(
                    ProductKey(
                        rows: rows, inner: k, columns: n, sourceRowStride: rowStride,
                        sourceColumnStride: transposeA ? m : 1,
                        weights: .plain(rowStride: transposeB ? 1 : n, columnStride: transposeB ? k : 1),
                        destinationRowStride: n, scale: scale))
            }
            let full = try product(rows: pieces.rowBlock)
            let last = pieces.lastRowBlock == pieces.rowBlock ? full : try product(rows: pieces.lastRowBlock)
            let scratchByteCount = max(full.scratchByteCount, last.scratchByteCount)
            try run(pieces.count, "matmul \(a.shape) x \(b.shape)") { index in
                scratch.withMemory(scratchByteCount) { memory in
                    guard let memory else { return 1 }
                    for block in pieces[index] {
                        let (item, row) = (block / pieces.rowBlocks, block % pieces.rowBlocks * pieces.rowBlock)
                        let product = (block + 1) % pieces.rowBlocks == 0 ? last : full
                        let status = product.run(
                            source: left.floats + leftOffsets[item] + row * rowStride,
                            weights: UnsafeRawPointer(right.floats + rightOffsets[item]), bias: nil,
                            destination: output + (item * m + row) * n, scratch: memory)
                        if status != 0 { return status }
                    }
                    return 0
                }
            }
        }
    }
}

/// A division of a batch of products into pieces: blocks of rows of one product, or several whole products.
private struct MatmulPieces {
    let rowBlock: Int
    let rowBlocks: Int
    let lastRowBlock: Int
    let count: Int
    private let blocks: Int

    /// Divides a batch.
    ///
    /// - Parameter work: The number of multiplications in one product.
    init(batch: Int, rows: Int, work: Double, threads: Int) {
        // For less work than this, dispatching a piece costs more than it saves.
        let least = 200_000.0
        let perProduct = max(1, min(threads / batch, rows / 8, Int(min(work / least, 1e6))))
        let block = (rows + perProduct - 1) / perProduct
        rowBlock = block
        rowBlocks = (rows + block - 1) / block
        lastRowBlock = rows - block * (rowBlocks - 1)
        blocks = batch * rowBlocks
        // Up to four per thread, for load balancing.
        count = max(1, min(blocks, threads * 4, Int(min(work * Double(batch) / least, 1e6))))
    }

    /// Returns the blocks of a piece, numbered across the batch.
    subscript(piece: Int) -> Range<Int> { blocks * piece / count..<blocks * (piece + 1) / count }
}

/// The offsets of an operand's matrices when its leading axes are broadcast to those of the result.
private struct BatchOffsets {
    private let offsets: [Int]?
    private let blockSize: Int

    init(of operand: Shape, in batch: Shape, blockSize: Int) {
        self.blockSize = blockSize
        guard operand != batch else {
            offsets = nil
            return
        }
        var offsets = [0]
        var stride = operand.elementCount * blockSize
        for (axis, length) in batch.enumerated() {
            let own = axis - (batch.count - operand.count)
            let ownLength = own < 0 ? 1 : operand[own]
            stride /= max(ownLength, 1)
            let step = ownLength == 1 ? 0 : stride
            offsets = offsets.flatMap { offset in (0..<length).map { offset + $0 * step } }
        }
        self.offsets = offsets
    }

    subscript(item: Int) -> Int { offsets?[item] ?? item * blockSize }
}
