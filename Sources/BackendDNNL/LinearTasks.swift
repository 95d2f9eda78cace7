import BertCore
import CDNNL

/// The pieces of one linear layer, ready to be computed on any thread.
struct LinearTasks {
    private let division: Division
    private let inputSize: Int
    private let outputSize: Int
    private let source: UnsafePointer<Float>
    private let weights: UnsafeRawPointer
    private let layout: Layout?
    private let bias: UnsafePointer<Float>?
    private let residual: UnsafePointer<Float>?
    private let output: UnsafeMutablePointer<Float>
    private let scratch: ScratchPool
    /// For the blocks of rows before the last: with all their columns, and with the last ones.
    private let inside: (full: Product, last: Product)
    /// For the last block of rows.
    private let end: (full: Product, last: Product)

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
        self.residual = residual
        self.output = output
        self.scratch = scratch

        func product(rows: Int, columns: Int) throws -> Product {
            let key = ProductKey(
                rows: rows, inner: inputSize, columns: columns, sourceRowStride: inputSize, sourceColumnStride: 1,
                weights: layout == nil
                    ? .plain(rowStride: 1, columnStride: inputSize) : .packed(columns: outputSize),
                // Kernels for packed weights want their result without gaps; the others don't mind.
                destinationRowStride: layout == nil ? outputSize : columns,
                activation: activation, hasBias: bias != nil)
            return try products.product(key, layout: layout)
        }
        let lastColumns = outputSize - division.columnBlock * (division.columnBlocks - 1)
        func pair(rows: Int) throws -> (full: Product, last: Product) {
            let full = try product(rows: rows, columns: division.columnBlock)
            let last = lastColumns == division.columnBlock ? full : try product(rows: rows, columns: lastColumns)
            return (full, last)
        }
        end = try pair(rows: division.lastRowBlock)
        inside =
            division.rowBlocks == 1 || division.rowBlock == division.lastRowBlock
            ? end : try pair(rows: division.rowBlock)
    }

    /// Computes a piece on this thread; gives the library's status.
    func run(_ index: Int) -> Int32 {
        let piece = division.piece(index)
        let products = piece.rows.upperBound == division.rows ? end : inside
        let product = piece.columns.upperBound == outputSize ? products.last : products.full
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
            guard status == 0, residual != nil || !isInPlace else { return status }
            let stride = product.key.destinationRowStride
            cdnnl_copy_rows(
                result + discarded * stride, Int64(stride),
                residual.map { $0 + piece.rows.lowerBound * outputSize + column }, target, Int64(outputSize),
                Int64(piece.rows.count), Int64(piece.columns.count))
            return status
        }
    }
}
