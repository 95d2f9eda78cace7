import BertCore
import BertHostKernels
import CBertDNNL
import CBertKernels
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Weights in the library's packed layout.
final class PackedWeights: @unchecked Sendable {
    // Immutable after `init`.
    let start: UnsafeMutableRawPointer
    let layout: Layout
    /// Whether weights and inputs are rounded to bfloat16 and multiplied as float32.
    let isRounded: Bool
    /// The scales of int8 columns; nil for other precisions.
    let integers: IntegerColumns?

    /// Packs weights `[outputSize, inputSize]` in parallel.
    init(
        _ weights: UnsafePointer<Float>, inputSize: Int, outputSize: Int, layout: Layout, isRounded: Bool,
        kernels: HostKernels
    ) throws {
        guard let pointer = HostMemory.shared.systemMemory(max(layout.byteCount, 64)) else {
            throw BertError(
                .outOfMemory,
                "not enough memory for \(layout.byteCount) bytes of packed weights [\(outputSize), \(inputSize)]")
        }
        self.layout = layout
        self.isRounded = isRounded
        start = pointer
        let integers = layout.precision == .int8 ? IntegerColumns(count: outputSize) : nil
        self.integers = integers
        let panels = (outputSize + layout.panelColumns - 1) / layout.panelColumns
        let worst = Atomic<Int32>(0)
        let routines = kernels.routines
        kernels.workers.forEachRange(panels, grain: max(1, 65_536 / max(layout.panelByteCount, 1))) { range in
            let columns =
                range.lowerBound * layout.panelColumns..<min(outputSize, range.upperBound * layout.panelColumns)
            func pack(_ source: UnsafeRawPointer) -> Int32 {
                bert_dnnl_layout_pack(
                    layout.handle, Int64(columns.count), source,
                    pointer + layout.byteOffset(ofColumn: columns.lowerBound))
            }
            let source = weights + columns.lowerBound * inputSize
            let status: Int32
            if let integers {
                status = integers.quantize(source, columns, inputSize: inputSize, routines, pack)
            } else if isRounded {
                var rounded = [Float](repeating: 0, count: columns.count * inputSize)
                SourceRows.round(source, count: rounded.count, into: &rounded, routines)
                status = rounded.withUnsafeBytes { bytes in bytes.baseAddress.map(pack) ?? 0 }
            } else {
                status = pack(source)
            }
            if status != 0 { worst.store(status, ordering: .relaxed) }
        }
        let status = worst.load(ordering: .relaxed)
        if status != 0 { throw failure(status, "packing weights [\(outputSize), \(inputSize)]") }
    }

    deinit { free(start) }
}

/// The scales and sums of the columns of int8 weights.
final class IntegerColumns: @unchecked Sendable {
    // Written before the weights are used, by one thread per column.
    /// The scale of each column.
    let scales: UnsafeMutablePointer<Float>
    /// The sum of the integers in each column, which is multiplied with the zero point of the inputs.
    let sums: UnsafeMutablePointer<Int32>

    init(count: Int) {
        scales = .allocate(capacity: count)
        sums = .allocate(capacity: count)
    }

    deinit {
        scales.deallocate()
        sums.deallocate()
    }

    /// Quantizes some columns, each with `inputSize` weights in `source`, and calls `body` with the integers.
    func quantize(
        _ source: UnsafePointer<Float>, _ columns: Range<Int>, inputSize: Int,
        _ routines: UnsafePointer<bert_kernel_table>, _ body: (UnsafeRawPointer) -> Int32
    ) -> Int32 {
        var integers = [Int8](repeating: 0, count: columns.count * inputSize)
        routines.pointee.quantize_weights(
            columns.count, inputSize, source, inputSize, &integers, inputSize, scales + columns.lowerBound)
        for column in 0..<columns.count {
            var sum: Int32 = 0
            for index in column * inputSize..<(column + 1) * inputSize { sum &+= Int32(integers[index]) }
            sums[columns.lowerBound + column] = sum
        }
        return integers.withUnsafeBytes { bytes in bytes.baseAddress.map(body) ?? 0 }
    }
}
