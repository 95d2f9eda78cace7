/// A division of a linear layer's product into pieces for threads.
///
/// With enough rows, each piece is a block of rows with all columns, so that its result is contiguous, as the library's
/// best kernels require. With few rows, most of the time is spent on reading the weights, so each piece is a block of
/// columns, and no weight is read by two threads.
package struct Division: Equatable {
    /// The number of rows in each block except the last.
    package let rowBlock: Int
    package let rowBlocks: Int
    /// The number of rows that the last block computes. It is rounded up, so that fewer sizes need to be compiled: the
    /// block starts earlier, and its first rows are discarded.
    package let lastRowBlock: Int
    /// The number of columns in each block except the last.
    package let columnBlock: Int
    package let columnBlocks: Int
    package let rows: Int
    private let columns: Int

    /// Divides a product with at least one row and column.
    ///
    /// - Parameter panel: Columns are divided at multiples of this, or not at all if it is at least `columns`.
    package init(rows: Int, inner: Int, columns: Int, panel: Int, threads: Int) {
        self.rows = rows
        self.columns = columns
        // For less work than this, dispatching a piece costs more than it saves.
        let pieces = min(Double(threads), Double(rows) * Double(inner) * Double(columns) / 200_000)
        let useful = max(1, Int(pieces))
        let isLarge = inner * columns > Self.cachedWeights
        if useful == 1 || rows >= (isLarge ? Self.rowsWorthReading : Self.efficientRows) * useful || panel >= columns {
            // A multiple of the number of threads, so that they finish at the same time.
            var count = Self.quotient(rows, Self.mostRows)
            if rows >= Self.leastRows * useful { count = Self.roundUp(count, to: useful) }
            rowBlock = count == 1 ? rows : Self.roundUp(Self.quotient(rows, count), to: Self.leastRows)
            columnBlock = columns
        } else {
            let count = Self.quotient(rows, isLarge ? Self.mostRows : Self.mostRowsOfColumns)
            rowBlock = count == 1 ? rows : Self.roundUp(Self.quotient(rows, count), to: Self.leastRows)
            columnBlock = min(columns, Self.roundUp(Self.quotient(columns, Self.quotient(useful, count)), to: panel))
        }
        rowBlocks = Self.quotient(rows, rowBlock)
        columnBlocks = Self.quotient(columns, columnBlock)
        let left = rows - rowBlock * (rowBlocks - 1)
        lastRowBlock = rowBlocks == 1 ? left : Self.roundUp(left, to: Self.leastRows)
    }

    /// The number of pieces.
    package var count: Int { rowBlocks * columnBlocks }

    /// The rows and columns of a piece's result, and the first row that it computes.
    package typealias Piece = (rows: Range<Int>, firstComputedRow: Int, columns: Range<Int>)

    /// Returns a piece.
    package func piece(_ index: Int) -> Piece {
        let (row, column) = (index / columnBlocks, index % columnBlocks)
        let rowStart = row * rowBlock
        let rowEnd = min(rows, rowStart + rowBlock)
        let computed = row == rowBlocks - 1 ? lastRowBlock : rowBlock
        let columnStart = column * columnBlock
        return (rowStart..<rowEnd, rowEnd - computed, columnStart..<min(columns, columnStart + columnBlock))
    }

    /// The number of rows that use the processor efficiently.
    private static let efficientRows = 32
    /// The maximum size of weights that stay in the caches. With larger weights, small products are limited by memory
    /// bandwidth.
    private static let cachedWeights = 1 << 20
    /// The number of rows that justify reading large weights in each thread.
    private static let rowsWorthReading = 96
    /// The maximum number of rows of a block that fits the caches.
    private static let mostRows = 128
    private static let mostRowsOfColumns = 64
    /// Row blocks are multiples of this.
    private static let leastRows = 8

    private static func quotient(_ a: Int, _ b: Int) -> Int { (a + b - 1) / b }
    private static func roundUp(_ a: Int, to multiple: Int) -> Int { quotient(a, multiple) * multiple }
}
