import BertCore
import BertLocks
import CBertDNNL

/// The memory layout that the library prefers for the weights of a linear layer, for any number of rows.
final class Layout: @unchecked Sendable {
    // Immutable after `init`.
    let handle: OpaquePointer
    /// Whether the preferred layout is the plain one.
    let isPlain: Bool
    /// The size of packed weights in bytes.
    let byteCount: Int
    /// The number of columns in a panel. Packed weights are consecutive panels.
    let panelColumns: Int
    /// The size of a panel in bytes.
    let panelByteCount: Int
    /// Keeps the engine alive.
    private let library: Library

    let precision: Precision

    init(_ precision: Precision, inputSize: Int, outputSize: Int, in library: Library) throws {
        var handle: OpaquePointer?
        // The layout is the same for any number of rows; 64 represents a typical batch.
        let status = bert_dnnl_layout_create(
            library.handle, precision.code, 64, Int64(inputSize), Int64(outputSize), &handle)
        guard status == 0, let handle else {
            throw failure(status, "choosing a layout for weights [\(outputSize), \(inputSize)]")
        }
        self.precision = precision
        self.handle = handle
        self.library = library
        isPlain = bert_dnnl_layout_is_plain(handle) != 0
        byteCount = bert_dnnl_layout_size(handle)
        panelColumns = Int(bert_dnnl_layout_panel_columns(handle))
        panelByteCount = bert_dnnl_layout_panel_size(handle)
    }

    deinit { bert_dnnl_layout_destroy(handle) }

    /// Returns the offset of a panel's first column in the packed weights.
    func byteOffset(ofColumn column: Int) -> Int { column / panelColumns * panelByteCount }
}

extension Precision {
    var code: bert_dnnl_precision {
        switch self {
        case .float32: bert_dnnl_float32
        case .bfloat16: bert_dnnl_bfloat16
        case .int8: bert_dnnl_int8
        }
    }
}

/// A cache of layouts by weight size, shared by the layers of a model.
final class LayoutCache: Sendable {
    private struct Sizes: Hashable {
        let precision: Precision
        let inputSize: Int
        let outputSize: Int
    }
    private let layouts = ForkSafeMutex<[Sizes: Layout]>([:])
    private let library: Library

    init(_ library: Library) { self.library = library }

    func layout(_ precision: Precision, inputSize: Int, outputSize: Int) throws -> Layout {
        let sizes = Sizes(precision: precision, inputSize: inputSize, outputSize: outputSize)
        if let found = layouts.withLock({ $0[sizes] }) { return found }
        let layout = try Layout(precision, inputSize: inputSize, outputSize: outputSize, in: library)
        return layouts.withLock { layouts in
            if let other = layouts[sizes] { return other }
            layouts[sizes] = layout
            return layout
        }
    }
}
