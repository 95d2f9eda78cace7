import BertCore
import CDNNL
import HostKernels

/// The pieces of one linear layer, ready to be computed on any thread.
final class LinearTasks: @unchecked Sendable {
    // Pointers into operands, which live until the layer is done; nothing is changed after `init`.
    private let division: Division
    private let inputSize: Int
    private let outputSize: Int
    private let source: UnsafePointer<Float>
    private let weights: UnsafeRawPointer
    private let layout: Layout?
    private let bias: UnsafePointer<Float>?
    /// What is left to our own kernel: oneDNN's post-operation makes 0 of relu(NaN).
    private let ownActivation: Activation?
    private let residual: UnsafePointer<Float>?
    private let output: UnsafeMutablePointer<Float>
    private let scratch: ScratchPool
    /// For each block of columns but the last, and for the last, in the blocks of rows before the last one.
    private let product: Product
    private let productOfLastColumns: Product
    /// The same in the last block of rows.
    private let lastProduct: Product
    private let lastProductOfLastColumns: Product

    /// - Parameter layout: nil for plain weights `[out, in]`.
    init(
        division: Division, inputSize: Int, outputSize: Int, activation: Activation?, source: UnsafePointer<Float>,
        weights: UnsafeRawPointer, layout: Layout?, bias: UnsafePointer<Float>?, residual: UnsafePointer<Float>?,
        output: UnsafeMutablePointer<Float>, products: ProductCache, scratch: ScratchPool
    ) throws {
        self.division = division
        self.inputSize = inputSize
        self.outputSize = outputSize
        self.source = source
        self.weights = weights
        self.layout = layout
        self.bias = bias
        let ownActivation = activation == .relu ? activation : nil
        self.ownActivation = ownActivation
        self.residual = residual
        self.output = output
        self.scratch = scratch

        let hasBias = bias != nil
        func product(rows: Int, columns: Int) throws -> Product {
            let key = ProductKey(
                rows: rows, inner: inputSize, columns: columns, sourceRowStride: inputSize, sourceColumnStride: 1,
                weights: layout == nil
                    ? .plain(rowStride: 1, columnStride: inputSize) : .packed(columns: outputSize),
                // Kernels for packed weights want their result without gaps; the others don't mind.
                destinationRowStride: layout == nil ? outputSize : columns,
                activation: ownActivation == nil ? activation : nil, hasBias: hasBias)
            return try products.product(key, layout: layout)
        }
        let lastColumns = outputSize - division.columnBlock * (division.columnBlocks - 1)
        let isUneven = lastColumns != division.columnBlock
        let last = try product(rows: division.lastRowBlock, columns: division.columnBlock)
        lastProduct = last
        lastProductOfLastColumns =
            isUneven ? try product(rows: division.lastRowBlock, columns: lastColumns) : last
        if division.rowBlocks == 1 || division.rowBlock == division.lastRowBlock {
            self.product = last
            productOfLastColumns = lastProductOfLastColumns
        } else {
            let first = try product(rows: division.rowBlock, columns: division.columnBlock)
            self.product = first
            productOfLastColumns = isUneven ? try product(rows: division.rowBlock, columns: lastColumns) : first
        }
    }

    /// Computes a piece on this thread; gives the library's status.
    func run(_ index: Int) -> Int32 {
        let piece = division.piece(index)
        let (isLastRow, isLastColumn) = (
            piece.rows.upperBound == division.rows, piece.columns.upperBound == outputSize
        )
        let product =
            isLastRow
            ? (isLastColumn ? lastProductOfLastColumns : lastProduct)
            : (isLastColumn ? productOfLastColumns : self.product)
        let column = piece.columns.lowerBound
        let target = output + piece.rows.lowerBound * outputSize + column
        let discarded = piece.rows.lowerBound - piece.firstComputedRow
        let isInPlace = discarded == 0 && product.key.destinationRowStride == outputSize
        let resultByteCount = isInPlace ? 0 : product.key.rows * product.key.destinationRowStride * 4
        return scratch.withMemory(resultByteCount + product.scratchByteCount) { memory in
            guard let memory else { return 1 }
            let result = isInPlace ? target : memory.assumingMemoryBound(to: Float.self)
            let status = product.run(
                source: source + piece.firstComputedRow * inputSize,
                weights: weights + (layout?.byteOffset(ofColumn: column) ?? column * inputSize * 4),
                bias: bias.map { $0 + column }, destination: result, scratch: memory + resultByteCount)
            guard status == 0 else { return status }
            let stride = product.key.destinationRowStride
            if let ownActivation {
                let finish = LinearFinish(bias: nil, activation: ownActivation, residual: nil, width: stride)
                finish(result, rows: 0..<product.key.rows, columns: 0..<product.key.columns)
            }
            guard residual != nil || !isInPlace else { return status }
            cdnnl_copy_rows(
                result + discarded * stride, Int64(stride),
                residual.map { $0 + piece.rows.lowerBound * outputSize + column }, target, Int64(outputSize),
                Int64(piece.rows.count), Int64(piece.columns.count))
            return status
        }
    }
}
