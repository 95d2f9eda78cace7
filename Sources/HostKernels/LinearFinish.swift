package import BertCore
import CKernels

/// What follows the product of a linear layer: bias, activation, residual, in one pass over the product.
package struct LinearFinish: @unchecked Sendable {
    // Pointers into operands, which live until the layer is done.
    private let bias: UnsafePointer<Float>?
    private let activation: Activation?
    private let residual: UnsafePointer<Float>?
    private let width: Int

    /// Whether there is nothing to do.
    package var isEmpty: Bool { bias == nil && activation == nil && residual == nil }

    /// Rows of the product are `width` long and dense, and so are the residual's.
    package init(
        bias: UnsafePointer<Float>?, activation: Activation?, residual: UnsafePointer<Float>?, width: Int
    ) {
        self.bias = bias
        self.activation = activation
        self.residual = residual
        self.width = width
    }

    /// Finishes the part of `product` in these rows and columns.
    package func callAsFunction(_ product: UnsafeMutablePointer<Float>, rows: Range<Int>, columns: Range<Int>) {
        let start = rows.lowerBound * width + columns.lowerBound
        let (tile, bias) = (product + start, self.bias.map { $0 + columns.lowerBound })
        if activation != nil || (bias != nil && residual == nil) {
            bert_bias_unary(
                activation?.kernel ?? BERT_UNARY_IDENTITY, rows.count, columns.count, tile, width, bias, tile, width)
        }
        if let residual {
            bert_bias_residual(
                rows.count, columns.count, tile, width, activation == nil ? bias : nil, residual + start, width, tile,
                width)
        }
    }
}
