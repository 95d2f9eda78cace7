import BertCore
import CBertDNNL

/// The key of a compiled product.
struct ProductKey: Hashable {
    /// The storage of the weights.
    enum Weights: Hashable {
        /// Plain, with strides in elements.
        case plain(rowStride: Int, columnStride: Int)
        /// Packed; a part of weights with the given number of columns.
        case packed(columns: Int)
    }
    var precision = Precision.float32
    var rows: Int
    var inner: Int
    var columns: Int
    var sourceRowStride: Int
    var sourceColumnStride: Int
    var weights: Weights
    var destinationRowStride: Int
    var scale: Float = 1
    var hasBias = false

    /// A description for messages.
    var description: String { "matmul [\(rows), \(inner)] x [\(inner), \(columns)]" }

    fileprivate var shape: bert_dnnl_shape {
        var shape = bert_dnnl_shape()
        shape.precision = precision.code
        shape.rows = Int64(rows)
        shape.inner = Int64(inner)
        shape.columns = Int64(columns)
        shape.source_row_stride = Int64(sourceRowStride)
        shape.source_column_stride = Int64(sourceColumnStride)
        if case .plain(let rowStride, let columnStride) = weights {
            shape.weights_row_stride = Int64(rowStride)
            shape.weights_column_stride = Int64(columnStride)
        }
        shape.destination_row_stride = Int64(destinationRowStride)
        shape.scale = scale
        shape.has_bias = hasBias ? 1 : 0
        return shape
    }
}

/// A matrix product of fixed sizes, compiled for this processor. Thread-safe.
final class Product: @unchecked Sendable {
    // The functions of the handle are synchronized.
    private let handle: OpaquePointer
    private let layout: Layout?
    private let library: Library
    let key: ProductKey
    /// The size of scratch memory for a run, in bytes.
    let scratchByteCount: Int

    /// Compiles a product. Packed weights need a `layout`.
    init(_ key: ProductKey, layout: Layout?, in library: Library) throws {
        var handle: OpaquePointer?
        var shape = key.shape
        let status = bert_dnnl_product_create(library.handle, &shape, layout?.handle, &handle)
        guard status == 0, let handle else { throw failure(status, key.description) }
        self.handle = handle
        self.layout = layout
        self.library = library
        self.key = key
        scratchByteCount = bert_dnnl_product_scratch_size(handle)
    }

    deinit { bert_dnnl_product_destroy(handle) }

    /// The implementation that the library selected, for example `brg:avx512_core`.
    var implementation: String { String(cString: bert_dnnl_product_implementation(handle)) }

    /// Runs on this thread and returns the status of the library.
    func run(
        source: UnsafeRawPointer, weights: UnsafeRawPointer, bias: UnsafePointer<Float>?,
        destination: UnsafeMutableRawPointer, scratch: UnsafeMutableRawPointer?
    ) -> Int32 {
        bert_dnnl_product_run(handle, source, weights, bias, destination, scratch)
    }
}
