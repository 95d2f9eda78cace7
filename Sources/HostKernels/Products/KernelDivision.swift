/// The split of a product into pieces for the threads: blocks of rows, of panels of columns, or both.
///
/// With many rows, each piece has as many rows as fit in the second-level cache, and all columns. With few rows, most
/// of the time is spent reading the weights, so each piece has some of the columns, and no weight is read by two
/// threads.
package struct KernelDivision {
    private let rows: Int
    private let panels: Int
    package let rowBlocks: Int
    package let panelBlocks: Int

    /// The conversion that each piece performs before it multiplies. The work is duplicated if several pieces perform
    /// the same conversion.
    package enum Conversion: CaseIterable {
        /// float32 operands aren't converted.
        case nothing
        /// Rows are quantized to int8, or rounded to bfloat16.
        case rows
        /// bfloat16 operands are multiplied as float32: rows are rounded, and weights are widened.
        case rowsAndWeights
        /// As `rows`, for AMX, which multiplies them faster than a processor reads weights from the third-level cache.
        case rowsForTiles
    }

    /// The number of pieces.
    package var count: Int { rowBlocks * panelBlocks }

    /// Splits a product of `rows` rows and `panels` panels of columns.
    ///
    /// - Parameters:
    ///   - tile: The rows and columns of a register tile.
    ///   - conversion: The conversion that each piece performs.
    ///   - packsPanels: Whether each piece packs its panels, so that pieces with the same panels duplicate work.
    ///   - turnsRows: Whether each piece also transposes its rows, so that pieces with the same rows duplicate work.
    package init(
        rows: Int, inner: Int, panels: Int, tile: (rows: Int, columns: Int), conversion: Conversion,
        packsPanels: Bool = false, turnsRows: Bool = false, threads: Int
    ) {
        self.rows = rows
        self.panels = panels
        // The number of elements in a piece's rows, and the minimum number of row tiles per thread for splitting only
        // by rows.
        let (elements, manyTiles) =
            switch conversion {
            case .nothing: (Self.cachedElements, 8)
            // There are two copies of the rows.
            case .rows where tile.columns < Self.wideColumns: (Self.cachedElements / 2, 2)
            // These are multiplied so fast that reading weights less often saves more than the second-level cache does.
            case .rows: (Self.cachedElements * 2, 2)
            // Converting weights less often saves more than the second-level cache does.
            case .rowsAndWeights: (Self.cachedElements * 4, 32)
            // The converted rows may fill half of a second-level cache of 2 MiB, because weights that are read once for
            // fewer than a hundred rows are the bottleneck.
            case .rowsForTiles: (Self.cachedElements * 8, 4)
            }
        let cachedRows = max(2 * tile.rows, elements / max(inner, 1))
        let blocks = (rows + cachedRows - 1) / cachedRows
        let work = Double(rows) * Double(inner) * Double(panels * tile.columns)
        let useful = max(1, min(threads, Int(min(work / Self.leastWork, 1e6))))
        if turnsRows, rows >= 2 * useful * tile.rows {
            // Transposing rows takes longer than packing, except if a piece has only a few rows.
            let most = max(Self.rowsWorthPacking, 2 * Self.cachedElements / max(inner, 1))
            let parts = max((rows + most - 1) / most, useful == 1 ? 1 : 2 * useful)
            (rowBlocks, panelBlocks) = ((parts + useful - 1) / useful * useful, 1)
        } else if useful == 1 {
            (rowBlocks, panelBlocks) = (packsPanels ? 1 : max(1, blocks), 1)
        } else if packsPanels, panels >= 2 * useful {
            (rowBlocks, panelBlocks) = (1, 2 * useful)
        } else if rows >= useful * tile.rows * manyTiles {
            // Twice as many pieces as threads, so that the threads finish at about the same time, provided that the
            // pieces have several row tiles and don't convert the same weights twice.
            let parts = conversion == .rowsAndWeights || rows < useful * tile.rows * 8 ? useful : 2 * useful
            rowBlocks = (max(blocks, parts) + useful - 1) / useful * useful
            panelBlocks = 1
        } else {
            rowBlocks = max(1, blocks)
            panelBlocks = max(1, min(panels, conversion == .nothing ? 2 * useful : useful))
        }
    }

    /// Returns the rows and panels of a piece.
    package subscript(index: Int) -> (rows: Range<Int>, panels: Range<Int>) {
        let (row, panel) = (index / panelBlocks, index % panelBlocks)
        return (
            rows * row / rowBlocks..<rows * (row + 1) / rowBlocks,
            panels * panel / panelBlocks..<panels * (panel + 1) / panelBlocks
        )
    }

    /// The number of row elements that fit in the second-level cache together with two panels.
    private static let cachedElements = 65_536
    /// The columns of a panel with AVX-512.
    private static let wideColumns = 48
    /// The number of rows that justify packing all panels.
    private static let rowsWorthPacking = 128
    /// The minimum number of multiplications for which another thread is worthwhile.
    private static let leastWork = 100_000.0
}
