package import BertCore
import CBertKernels
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The weights of a linear layer in panels, with the scales and sums of their columns.
package final class PackedPanels: @unchecked Sendable {
    // Immutable after `init`.
    let start: UnsafeMutableRawPointer
    let type: bert_product_type
    /// For int8: the scale and the sum of each column's integers.
    let columnScales: UnsafeMutablePointer<Float>?
    let columnSums: UnsafeMutablePointer<Int32>?
    /// The kernels that packed the panels and know their layout.
    let kernels: UnsafePointer<bert_kernel_table>
    let panelByteCount: Int

    /// Packs `weights` `[outputs, inputs]`, with the panels split among the threads.
    ///
    /// - Throws: ``BertError`` with code `outOfMemory`.
    package init(
        _ weights: UnsafePointer<Float>, inputSize: Int, outputSize: Int, precision: Precision,
        by hostKernels: HostKernels
    ) throws {
        let kernels = hostKernels.routines
        let type = precision.productType
        let columns = kernels.pointee.panel_columns(type)
        let panels = (outputSize + columns - 1) / columns
        let panelByteCount = kernels.pointee.panel_size(type, inputSize)
        let (byteCount, overflow) = panels.multipliedReportingOverflow(by: panelByteCount)
        guard !overflow, let pointer = HostMemory.shared.systemMemory(max(byteCount, 64)) else {
            throw BertError(.outOfMemory, "not enough memory for packed weights [\(outputSize), \(inputSize)]")
        }
        (start, self.type, self.kernels, self.panelByteCount) = (pointer, type, kernels, panelByteCount)
        let isInteger = precision == .int8
        let scales = isInteger ? UnsafeMutablePointer<Float>.allocate(capacity: outputSize) : nil
        let sums = isInteger ? UnsafeMutablePointer<Int32>.allocate(capacity: outputSize) : nil
        (columnScales, columnSums) = (scales, sums)
        hostKernels.workers.forEachRange(panels, grain: max(1, 65_536 / max(inputSize * columns, 1))) { range in
            for panel in range {
                let column = panel * columns
                kernels.pointee.pack_panel(
                    type, inputSize, min(columns, outputSize - column), weights + column * inputSize, 1, inputSize,
                    pointer + panel * panelByteCount, scales.map { $0 + column }, sums.map { $0 + column })
            }
        }
    }

    deinit {
        free(start)
        columnScales?.deallocate()
        columnSums?.deallocate()
    }
}
