import BertCore
import BertHostKernels
import CBertDNNL
import CBertKernels

/// The pieces of a linear layer, which can be computed on any thread.
final class LinearTasks: @unchecked Sendable {
    // Pointers into operands that outlive the computation. Immutable after `init`.

    /// The weights of a layer.
    enum Weights {
        /// `[out, in]`.
        case plain(UnsafePointer<Float>)
        case packed(PackedWeights)

        var layout: Layout? {
            if case .packed(let packed) = self { packed.layout } else { nil }
        }

        func start(ofColumn column: Int, inputSize: Int) -> UnsafeRawPointer {
            switch self {
            case .plain(let start): UnsafeRawPointer(start + column * inputSize)
            case .packed(let packed): UnsafeRawPointer(packed.start + packed.layout.byteOffset(ofColumn: column))
            }
        }

        var isRounded: Bool {
            if case .packed(let packed) = self { packed.isRounded } else { false }
        }

        var integers: IntegerColumns? {
            if case .packed(let packed) = self { packed.integers } else { nil }
        }
    }

    private let division: Division
    private let inputSize: Int
    private let outputSize: Int
    private let source: UnsafePointer<Float>
    private let weights: Weights
    private let precision: Precision
    private let bias: UnsafePointer<Float>?
    private let activation: Activation?
    private let residual: UnsafePointer<Float>?
    private let output: UnsafeMutablePointer<Float>
    private let scratch: ScratchPool
    private let kernels: HostKernels
    /// The products for all row blocks except the last: for full blocks of columns and for the last one.
    private let product: Product
    private let productOfLastColumns: Product
    /// The same for the last block of rows.
    private let lastProduct: Product
    private let lastProductOfLastColumns: Product

    init(
        division: Division, inputSize: Int, outputSize: Int, activation: Activation?, source: UnsafePointer<Float>,
        weights: Weights, bias: UnsafePointer<Float>?, residual: UnsafePointer<Float>?,
        output: UnsafeMutablePointer<Float>, products: ProductCache, scratch: ScratchPool,
        kernels: HostKernels
    ) throws {
        self.division = division
        self.inputSize = inputSize
        self.outputSize = outputSize
        self.source = source
        self.weights = weights
        let layout = weights.layout
        let precision = layout?.precision ?? .float32
        self.precision = precision
        self.bias = bias
        self.activation = activation
        self.residual = residual
        self.output = output
        self.scratch = scratch
        self.kernels = kernels

        let hasBias = bias != nil && precision != .int8
        func product(rows: Int, columns: Int) throws -> Product {
            let key = ProductKey(
                precision: precision, rows: rows, inner: inputSize, columns: columns, sourceRowStride: inputSize,
                sourceColumnStride: 1,
                weights: layout == nil
                    ? .plain(rowStride: 1, columnStride: inputSize) : .packed(columns: outputSize),
                // Kernels for packed weights need a contiguous result.
                destinationRowStride: layout == nil ? outputSize : columns, hasBias: hasBias)
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

    /// Computes a piece on this thread and returns the status of the library.
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
        let rows = product.key.rows
        let isInPlace = precision != .int8 && discarded == 0 && product.key.destinationRowStride == outputSize
        let resultByteCount = isInPlace ? 0 : rows * product.key.destinationRowStride * 4
        let sourceByteCount = SourceRows.byteCount(
            precision, rows: rows, width: inputSize, isRounded: weights.isRounded)
        return scratch.withMemory(sourceByteCount + resultByteCount + product.scratchByteCount) { memory in
            guard let memory else { return 1 }
            let source = SourceRows(
                source + piece.firstComputedRow * inputSize, precision, rows: rows, width: inputSize,
                isRounded: weights.isRounded, memory: memory, kernels.routines)
            let result = isInPlace ? UnsafeMutableRawPointer(target) : memory + sourceByteCount
            let status = product.run(
                source: source.start, weights: weights.start(ofColumn: column, inputSize: inputSize),
                bias: bias.map { $0 + column }, destination: result,
                scratch: memory + sourceByteCount + resultByteCount)
            if status == 0 { finish(result, of: product, source, piece, target, isInPlace: isInPlace) }
            return status
        }
    }

    /// Applies the epilogue.
    ///
    /// The activation is computed by a host kernel. While the piece is in the cache, this is as fast as oneDNN's
    /// post-operation. It also propagates NaN, while oneDNN returns 0 for relu(NaN).
    private func finish(
        _ result: UnsafeMutableRawPointer, of product: Product, _ source: SourceRows, _ piece: Division.Piece,
        _ target: UnsafeMutablePointer<Float>, isInPlace: Bool
    ) {
        let stride = product.key.destinationRowStride
        let column = piece.columns.lowerBound
        let discarded = piece.rows.lowerBound - piece.firstComputedRow
        let residual = residual.map { $0 + piece.rows.lowerBound * outputSize + column }
        if let columns = weights.integers, let rows = source.integers {
            return kernels.routines.pointee.dequantize(
                activation?.kernel ?? BERT_UNARY_IDENTITY, piece.rows.count, piece.columns.count,
                result.assumingMemoryBound(to: Int32.self) + discarded * stride, stride, rows.scales + discarded,
                rows.zeros + discarded, columns.scales + column, columns.sums + column, bias.map { $0 + column },
                residual, outputSize, target, outputSize)
        }
        let result = result.assumingMemoryBound(to: Float.self)
        if let activation {
            let finish = LinearFinish(bias: nil, activation: activation, residual: nil, width: stride, kernels: kernels)
            finish(result, rows: 0..<product.key.rows, columns: 0..<product.key.columns)
        }
        guard residual != nil || !isInPlace else { return }
        bert_dnnl_copy_rows(
            result + discarded * stride, Int64(stride), residual, target, Int64(outputSize),
            Int64(piece.rows.count), Int64(piece.columns.count))
    }
}
