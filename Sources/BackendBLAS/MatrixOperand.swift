/// A row-major matrix in memory, whose rows are `stride` elements apart.
struct MatrixOperand: @unchecked Sendable {
    // Points into a tensor that outlives the operation.
    /// The first element.
    let start: UnsafePointer<Float>
    /// The distance of two rows, in elements.
    let stride: Int
    /// Whether the product uses its transpose.
    var isTransposed = false
    /// The number of elements of a panel, if the matrix is stored in consecutive panels of `stride` columns.
    var panelSize: Int?

    /// The part of the matrix from this row and column of the product on, within one panel.
    func from(row: Int, column: Int) -> MatrixOperand {
        let offset =
            if let panelSize {
                column / stride * panelSize + row * stride + column % stride
            } else if isTransposed {
                column * stride + row
            } else {
                row * stride + column
            }
        return MatrixOperand(start: start + offset, stride: stride, isTransposed: isTransposed)
    }
}
