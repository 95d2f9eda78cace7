import BertCore
import CDNNL
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What a linear layer's weights became: the payload of ``PreparedLinear``.
final class PreparedWeights: Sendable {
    enum Form: Sendable {
        /// Packed into panels; the plain weights are no longer needed.
        case packed(PackedWeights)
        /// Where they were, `[out, in]`: the library likes them so, and a mapped file stays mapped.
        case plain(Tensor)
        /// Without elements: the delegate's.
        case delegated(PreparedLinear)
    }
    let form: Form
    /// `[out]`.
    let bias: Tensor?

    init(_ form: Form, bias: Tensor?) {
        self.form = form
        self.bias = bias
    }
}

/// Weights in the library's own layout.
final class PackedWeights: @unchecked Sendable {
    // Written by `init` alone.
    let start: UnsafeMutableRawPointer
    let layout: Layout

    /// Packs `[outputSize, inputSize]`, each thread some of the columns.
    init(
        _ weights: UnsafePointer<Float>, inputSize: Int, outputSize: Int, layout: Layout, workers: WorkerPool
    ) throws {
        var pointer: UnsafeMutableRawPointer?
        guard posix_memalign(&pointer, 64, max(layout.byteCount, 64)) == 0, let pointer else {
            throw BertError(
                .outOfMemory, "no memory for \(layout.byteCount) bytes of packed weights [\(outputSize), \(inputSize)]")
        }
        self.layout = layout
        start = pointer
        let panels = (outputSize + layout.panelColumns - 1) / layout.panelColumns
        let worst = Atomic<Int32>(0)
        workers.forEachRange(panels, grain: max(1, 65_536 / max(layout.panelByteCount, 1))) { range in
            let columns =
                range.lowerBound * layout.panelColumns..<min(outputSize, range.upperBound * layout.panelColumns)
            let status = cdnnl_layout_pack(
                layout.handle, Int64(columns.count), weights + columns.lowerBound * inputSize,
                pointer + layout.byteOffset(ofColumn: columns.lowerBound))
            if status != 0 { worst.store(status, ordering: .relaxed) }
        }
        let status = worst.load(ordering: .relaxed)
        if status != 0 { throw failure(status, "packing weights [\(outputSize), \(inputSize)]") }
    }

    deinit { free(start) }
}
