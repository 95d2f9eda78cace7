package import BertCore
import CBertKernels

/// A product of rows and weights that several threads can compute in parts.
package struct KernelProduct: @unchecked Sendable {
    // The pointers refer to operands, which outlive the operation.

    /// The right operand.
    package enum Weights {
        case packed(PackedPanels)
        /// Element k of column j is `start[k * step + j * stride]`. The weights are packed panel by panel as needed.
        case plain(start: UnsafePointer<Float>, step: Int, stride: Int)
    }

    private let weights: Weights
    private let kernels: UnsafePointer<bert_kernel_table>
    /// The whole product, computed in pieces by ``compute(_:scratch:)``.
    private let whole: bert_product
    private let panelColumns: Int
    /// The distance between the rows of a transposed left operand `[inner, rows]`, or nil if it isn't transposed.
    private let turnedStride: Int?

    /// Creates the product y = activation(scale · x w + bias) + residual. The rows of all operands are contiguous.
    ///
    /// - Parameters:
    ///   - isTurned: Whether x is given as `[inner, rows]`.
    ///   - precision: The precision in which plain weights are packed, except int8.
    package init(
        rows: Int, inner: Int, columns: Int, x: UnsafePointer<Float>, isTurned: Bool = false, weights: Weights,
        precision: Precision = .float32, scale: Float = 1,
        bias: UnsafePointer<Float>? = nil, activation: Activation? = nil, residual: UnsafePointer<Float>? = nil,
        y: UnsafeMutablePointer<Float>,
        by hostKernels: HostKernels
    ) {
        self.weights = weights
        var type = precision.productType
        turnedStride = isTurned ? rows : nil
        var kernels = hostKernels.routines
        if case .packed(let panels) = weights { (type, kernels) = (panels.type, panels.kernels) }
        self.kernels = kernels
        panelColumns = kernels.pointee.panel_columns(type)
        whole = bert_product(
            type: type, rows: rows, inner: inner, columns: columns, x: x, ldx: inner, weights: UnsafeRawPointer(x),
            columnScales: nil, columnSums: nil, scale: scale, bias: bias,
            activation: activation?.kernel ?? BERT_UNARY_IDENTITY, residual: residual, ldr: columns, y: y,
            ldy: columns)
    }

    /// Returns the split of the product among `threads` threads.
    package func division(threads: Int) -> KernelDivision {
        var packsPanels = false
        if case .plain = weights { packsPanels = true }
        return KernelDivision(
            rows: whole.rows, inner: whole.inner, panels: (whole.columns + panelColumns - 1) / panelColumns,
            tile: (kernels.pointee.tile_rows(whole.type), panelColumns),
            conversion: conversion, packsPanels: packsPanels, turnsRows: turnedStride != nil, threads: threads)
    }

    private var conversion: KernelDivision.Conversion {
        switch whole.type {
        case BERT_PRODUCT_FLOAT32: .nothing
        case _ where kernels.pointee.has_tiles: .rowsForTiles
        case BERT_PRODUCT_BFLOAT16 where !kernels.pointee.multiplies_bfloat16: .rowsAndWeights
        default: .rows
        }
    }

    /// Computes a piece on this thread. Returns false if memory can't be allocated.
    package func compute(_ piece: (rows: Range<Int>, panels: Range<Int>), scratch: ScratchPool) -> Bool {
        guard !piece.rows.isEmpty, !piece.panels.isEmpty else { return true }
        switch weights {
        case .packed(let panels):
            var part = part(piece.rows, piece.panels)
            let column = piece.panels.lowerBound * panelColumns
            part.weights = panels.start + piece.panels.lowerBound * panels.panelByteCount
            part.columnScales = panels.columnScales.map { $0 + column }
            part.columnSums = panels.columnSums.map { $0 + column }
            return scratch.withMemory(workingBytes(piece.rows)) { memory in
                guard let memory else { return false }
                kernels.pointee.multiply(&part, memory)
                return true
            }
        case .plain(let start, let step, let stride):
            let panelByteCount = kernels.pointee.panel_size(whole.type, whole.inner)
            // Each multiplication converts the rows, so several panels are packed before it.
            let group =
                conversion == .nothing ? 1 : max(1, min(piece.panels.count, Self.packedBytes / max(1, panelByteCount)))
            let packed = (group * panelByteCount + 63) / 64 * 64
            let working = (workingBytes(piece.rows) + 63) / 64 * 64
            let turned = turnedStride == nil ? 0 : piece.rows.count * whole.inner * MemoryLayout<Float>.size
            return scratch.withMemory(packed + working + turned) { memory in
                guard let memory else { return false }
                let rows = turnedStride.map { stride in
                    let rows = (memory + packed + working).assumingMemoryBound(to: Float.self)
                    kernels.pointee.transpose_rows(
                        whole.inner, piece.rows.count, whole.x + piece.rows.lowerBound, stride, rows, whole.inner)
                    return UnsafePointer(rows)
                }
                for first in Swift.stride(from: piece.panels.lowerBound, to: piece.panels.upperBound, by: group) {
                    let panels = first..<min(first + group, piece.panels.upperBound)
                    for panel in panels {
                        let column = panel * panelColumns
                        kernels.pointee.pack_panel(
                            whole.type, whole.inner, min(panelColumns, whole.columns - column), start + column * stride,
                            step, stride, memory + (panel - first) * panelByteCount, nil, nil)
                    }
                    var part = part(piece.rows, panels)
                    if let rows { part.x = rows }
                    part.weights = UnsafeRawPointer(memory)
                    kernels.pointee.multiply(&part, memory + packed)
                }
                return true
            }
        }
    }

    /// The size of the panels that are packed at a time, which stay in the second-level cache with the rows.
    private static let packedBytes = 1 << 18

    private func workingBytes(_ rows: Range<Int>) -> Int {
        kernels.pointee.multiply_scratch(whole.type, rows.count, whole.inner)
    }

    private func part(_ rows: Range<Int>, _ panels: Range<Int>) -> bert_product {
        let column = panels.lowerBound * panelColumns
        var part = whole
        part.rows = rows.count
        part.columns = min(whole.columns, panels.upperBound * panelColumns) - column
        part.x += rows.lowerBound * whole.ldx
        part.bias = whole.bias.map { $0 + column }
        part.residual = whole.residual.map { $0 + rows.lowerBound * whole.ldr + column }
        part.y += rows.lowerBound * whole.ldy + column
        return part
    }
}
