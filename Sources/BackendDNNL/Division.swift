/// The split of a linear layer's product into pieces for the threads.
///
/// With enough rows, each piece is a block of rows with all columns, so that its result is contiguous, as the library's best
/// kernels require. With few rows, most of the time goes into reading the weights, so each piece has some of the columns and
/// no weight is read by two threads.
package struct Division: Equatable {
    /// The rows of every block but the last.
    package let rowBlock: Int
    package let rowBlocks: Int
    /// The rows that the last block computes. They are rounded up so that fewer sizes need compiling: the block then starts
    /// earlier, and its first rows are discarded.
    package let lastRowBlock: Int
    /// The columns of every block but the last.
    package let columnBlock: Int
    package let columnBlocks: Int
    package let rows: Int
    private let columns: Int

    /// Pieces of a product of at least one row and column.
    ///
    /// - Parameter panel: columns are split at multiples of this, or not at all if it is at least `columns`.
    package init(rows: Int, inner: Int, columns: Int, panel: Int, threads: Int) {
        self.rows = rows
        self.columns = columns
        // A piece of less work than this costs more to hand over than it saves.
        let pieces = min(Double(threads), Double(rows) * Double(inner) * Double(columns) / 200_000)
        let useful = max(1, Int(pieces))
        let isLarge = inner * columns > Self.cachedWeights
        if useful == 1 || rows >= (isLarge ? Self.rowsWorthReading : Self.efficientRows) * useful || panel >= columns {
            // A multiple of the number of threads, so that they finish together.
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

    /// A piece by its number.
    package func piece(_ index: Int) -> Piece {
        let (row, column) = (index / columnBlocks, index % columnBlocks)
        let rowStart = row * rowBlock
        let rowEnd = min(rows, rowStart + rowBlock)
        let computed = row == rowBlocks - 1 ? lastRowBlock : rowBlock
        let columnStart = column * columnBlock
        return (rowStart..<rowEnd, rowEnd - computed, columnStart..<min(columns, columnStart + columnBlock))
    }

    /// As many rows use the processor well.
    private static let efficientRows = 32
    /// More weights than this don't fit into the caches, and memory limits small products.
    private static let cachedWeights = 1 << 20
    /// With as many rows, a thread may read such weights alone.
    private static let rowsWorthReading = 96
    /// More rows in a block don't fit into the caches.
    private static let mostRows = 128
    private static let mostRowsOfColumns = 64
    /// Row blocks are multiples of this.
    private static let leastRows = 8

    private static func quotient(_ a: Int, _ b: Int) -> Int { (a + b - 1) / b }
    private static func roundUp(_ a: Int, to multiple: Int) -> Int { quotient(a, multiple) * multiple }
}
