public import BertCore
import CBertKernels

/// Bias, activation and residual of a linear layer, in one pass over its product: cheapest while the product is in the cache.
///
/// The pointers have to stay valid as long as it is used.
public struct LinearFinish: @unchecked Sendable {
    // Pointers into operands, which live until the layer is done.
    private let bias: UnsafePointer<Float>?
    private let activation: Activation?
    private let residual: UnsafePointer<Float>?
    private let width: Int
    private let routines: UnsafePointer<bert_kernel_table>

    /// Whether it changes nothing.
    public var isEmpty: Bool { bias == nil && activation == nil && residual == nil }

    /// Rows of the product are `width` long and dense, and so are the residual's.
    public init(
        bias: UnsafePointer<Float>?, activation: Activation?, residual: UnsafePointer<Float>?, width: Int,
        kernels: HostKernels
    ) {
        self.bias = bias
        self.activation = activation
        self.residual = residual
        self.width = width
        routines = kernels.routines
    }

    /// Finishes the part of `product` in these rows and columns.
    public func callAsFunction(_ product: UnsafeMutablePointer<Float>, rows: Range<Int>, columns: Range<Int>) {
        let start = rows.lowerBound * width + columns.lowerBound
        let (tile, bias) = (product + start, self.bias.map { $0 + columns.lowerBound })
        if activation != nil || (bias != nil && residual == nil) {
            routines.pointee.bias_unary(
                activation?.kernel ?? BERT_UNARY_IDENTITY, rows.count, columns.count, tile, width, bias, tile, width)
        }
        if let residual {
            routines.pointee.bias_residual(
                rows.count, columns.count, tile, width, activation == nil ? bias : nil, residual + start, width, tile,
                width)
        }
    }
}
