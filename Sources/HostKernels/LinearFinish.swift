public import BertCore
import CBertKernels

/// The epilogue of a linear layer: bias, activation and residual in one pass over the product, ideally while it is in
/// the cache.
///
/// The pointers must stay valid while it is used.
public struct LinearFinish: @unchecked Sendable {
    // Pointers into operands, which live until the layer is done.
    private let bias: UnsafePointer<Float>?
    private let activation: Activation?
    private let residual: UnsafePointer<Float>?
    private let width: Int
    private let routines: UnsafePointer<bert_kernel_table>

    /// Whether the epilogue has no effect.
    public var isEmpty: Bool { bias == nil && activation == nil && residual == nil }

    /// Creates an epilogue. The rows of the product and of the residual are dense, with `width` elements.
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

    /// Applies the epilogue to a range of rows and columns of `product`.
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
