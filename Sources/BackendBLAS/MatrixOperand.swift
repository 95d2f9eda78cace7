/// A matrix in memory: row-major, one row `stride` elements after the other.
struct MatrixOperand: @unchecked Sendable {
    // Points into a tensor that outlives the operation.
    /// The first element.
    let start: UnsafePointer<Float>
    /// From one row to the next.
    let stride: Int
    /// Whether the product takes its transpose.
    var isTransposed = false
    /// The elements of a panel, if the matrix is cut into panels of `stride` columns that follow each other.
    var panelSize: Int?

    /// The part of the matrix, as the product sees it, from this row and column on, within one panel.
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
