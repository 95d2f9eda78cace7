/// How a product is cut into pieces for the threads: blocks of rows, or of panels of columns, or both.
///
/// With many rows each piece takes some of them, as many as stay in the second-level cache, and all columns. With few
/// rows, where the time goes into reading the weights, each piece takes some of the columns, so that no weight is read by
/// two threads.
package struct Division {
    private let rows: Int
    private let panels: Int
    package let rowBlocks: Int
    package let panelBlocks: Int

    /// What each piece has to convert before it multiplies: in vain if another one does the same.
    package enum Conversion: CaseIterable {
        /// float32 is multiplied as it is.
        case nothing
        /// Integers are made of rows.
        case rows
        /// bfloat16 is multiplied as float32: rows are rounded, weights widened.
        case rowsAndWeights
    }

    /// The number of pieces.
    package var count: Int { rowBlocks * panelBlocks }

    /// Pieces of a product of `rows` rows and `panels` panels of columns.
    ///
    /// - Parameters:
    ///   - tile: rows and columns that are computed at a time.
    ///   - conversion: what each piece has to convert first.
    ///   - packsPanels: whether each piece has to pack its panels first, which pieces that share panels do in vain.
    package init(
        rows: Int, inner: Int, panels: Int, tile: (rows: Int, columns: Int), conversion: Conversion,
        packsPanels: Bool = false, threads: Int
    ) {
        self.rows = rows
        self.panels = panels
        // Elements of a piece's rows, and the fewest tiles of rows of a thread that has all columns.
        let (elements, manyTiles) =
            switch conversion {
            case .nothing: (Self.cachedElements, 8)
            // Rows are there twice.
            case .rows: (Self.cachedElements / 2, 2)
            // Converting weights less often saves more than the second-level cache does.
            case .rowsAndWeights: (Self.cachedElements * 4, 32)
            }
        let cachedRows = max(2 * tile.rows, elements / max(inner, 1))
        let blocks = (rows + cachedRows - 1) / cachedRows
        let work = Double(rows) * Double(inner) * Double(panels * tile.columns)
        let useful = max(1, min(threads, Int(min(work / Self.leastWork, 1e6))))
        if useful == 1 {
            (rowBlocks, panelBlocks) = (packsPanels ? 1 : max(1, blocks), 1)
        } else if packsPanels, panels >= 2 * useful {
            (rowBlocks, panelBlocks) = (1, 2 * useful)
        } else if rows >= useful * tile.rows * manyTiles {
            // Twice as many pieces as threads, so that they finish together, if those still have a few tiles of rows and
            // don't convert the same weights again.
            let parts = conversion == .rowsAndWeights || rows < useful * tile.rows * 8 ? useful : 2 * useful
            rowBlocks = (max(blocks, parts) + useful - 1) / useful * useful
            panelBlocks = 1
        } else {
            rowBlocks = max(1, blocks)
            panelBlocks = max(1, min(panels, conversion == .nothing ? 2 * useful : useful))
        }
    }

    /// The rows and panels of a piece.
    package subscript(index: Int) -> (rows: Range<Int>, panels: Range<Int>) {
        let (row, panel) = (index / panelBlocks, index % panelBlocks)
        return (
            rows * row / rowBlocks..<rows * (row + 1) / rowBlocks,
            panels * panel / panelBlocks..<panels * (panel + 1) / panelBlocks
        )
    }

    /// Elements of rows that stay in the second-level cache beside two panels.
    private static let cachedElements = 65_536
    /// Multiplications that pay for handing a piece to another thread.
    private static let leastWork = 100_000.0
}
