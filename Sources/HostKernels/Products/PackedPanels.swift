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
    let start: UnsafeRawPointer
    let type: bert_product_type
    /// For int8: the scale and the sum of each column's integers.
    let columnScales: UnsafePointer<Float>?
    let columnSums: UnsafePointer<Int32>?
    /// The kernels that packed the panels and know their layout.
    let kernels: UnsafePointer<bert_kernel_table>
    let panelByteCount: Int
    private let byteCount: Int
    private let outputSize: Int
    /// The owners of the memory, if it isn't this object's.
    private let parts: [HostBuffer]

    /// The version of the layout of panels, which must change with it: `bert convert` stores panels.
    package static let layoutVersion = 1

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
        (start, self.type, self.kernels) = (UnsafeRawPointer(pointer), type, kernels)
        (self.panelByteCount, self.byteCount, self.outputSize) = (panelByteCount, byteCount, outputSize)
        parts = []
        let isInteger = precision == .int8
        let scales = isInteger ? UnsafeMutablePointer<Float>.allocate(capacity: outputSize) : nil
        let sums = isInteger ? UnsafeMutablePointer<Int32>.allocate(capacity: outputSize) : nil
        (columnScales, columnSums) = (scales.map { UnsafePointer($0) }, sums.map { UnsafePointer($0) })
        hostKernels.workers.forEachRange(panels, grain: max(1, 65_536 / max(inputSize * columns, 1))) { range in
            for panel in range {
                let column = panel * columns
                kernels.pointee.pack_panel(
                    type, inputSize, min(columns, outputSize - column), weights + column * inputSize, 1, inputSize,
                    pointer + panel * panelByteCount, scales.map { $0 + column }, sums.map { $0 + column })
            }
        }
    }

    /// Uses panels that the same kernels have packed.
    ///
    /// - Throws: ``BertError`` with code `malformedFile` if the sizes of the parts don't match the shape.
    package init(
        _ packed: PackedLinear, inputSize: Int, outputSize: Int, precision: Precision, by hostKernels: HostKernels
    ) throws {
        kernels = hostKernels.routines
        type = precision.productType
        let columns = kernels.pointee.panel_columns(type)
        panelByteCount = kernels.pointee.panel_size(type, inputSize)
        (byteCount, self.outputSize) = ((outputSize + columns - 1) / columns * panelByteCount, outputSize)
        let panels = try packed.part("panels", byteCount: byteCount)
        var columnParts: [HostBuffer] = []
        if precision == .int8 {
            columnParts = try ["scales", "sums"].map { try packed.part($0, byteCount: 4 * outputSize) }
        }
        parts = [panels] + columnParts
        // The owners of the parts keep the pointers valid.
        func pointer(_ part: HostBuffer) throws -> UnsafeRawPointer {
            guard let start = part.withUnsafeBytes({ $0.baseAddress }), Int(bitPattern: start) % 64 == 0 else {
                throw BertError(.malformedFile, "packed weights aren't aligned to 64 bytes")
            }
            return start
        }
        start = try pointer(panels)
        columnScales = try columnParts.first.map { try pointer($0).assumingMemoryBound(to: Float.self) }
        columnSums = try columnParts.last.map { try pointer($0).assumingMemoryBound(to: Int32.self) }
    }

    /// Copies of the parts, for a file.
    package var packed: [String: HostBuffer] {
        var copies = ["panels": Self.copy(start, byteCount)]
        if let columnScales { copies["scales"] = Self.copy(columnScales, 4 * outputSize) }
        if let columnSums { copies["sums"] = Self.copy(columnSums, 4 * outputSize) }
        return copies
    }

    /// Returns a copy with zeros up to the next multiple of 64 bytes.
    package static func copy(_ start: UnsafeRawPointer, _ byteCount: Int) -> HostBuffer {
        HostBuffer(count: PackedLinear.padded(byteCount)) { bytes in
            bytes.initializeMemory(as: UInt8.self, repeating: 0)
            bytes.copyMemory(from: UnsafeRawBufferPointer(start: start, count: byteCount))
        }
    }

    deinit {
        guard parts.isEmpty else { return }
        free(UnsafeMutableRawPointer(mutating: start))
        columnScales?.deallocate()
        columnSums?.deallocate()
    }
}
