/// A row-major matrix in memory with a row stride.
struct MatrixOperand: @unchecked Sendable {
    // Points into a tensor that outlives the operation.
    /// The first element.
    let start: UnsafePointer<Float>
    /// The distance between rows, in elements.
    let stride: Int
    /// Whether the product uses the transpose of the matrix.
    var isTransposed = false
    /// The number of elements in a panel, if the matrix is stored as consecutive panels of `stride` columns.
    var panelSize: Int?

    /// Returns the part of the matrix that starts at the given row and column of the product, within one panel.
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
