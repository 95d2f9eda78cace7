/// A part of a product's result.
package struct Tile {
    /// Rows of the result.
    package let rows: Range<Int>
    /// Columns of the result.
    package let columns: Range<Int>
}

/// The split of a result `[m, n]` into tiles, each computed by one thread. It depends only on the sizes, the library and the
/// number of threads, so the same product gives the same bits every time.
package struct TileGrid {
    private let m: Int
    private let n: Int
    private let rowStep: Int
    private let columnStep: Int
    private let columnParts: Int
    /// The number of tiles.
    package let count: Int

    private init(m: Int, n: Int, rowStep: Int, columnStep: Int) {
        (self.m, self.n, self.rowStep, self.columnStep) = (m, n, rowStep, columnStep)
        columnParts = (n + columnStep - 1) / columnStep
        count = columnParts * ((m + rowStep - 1) / rowStep)
    }

    /// One tile.
    package init(whole m: Int, _ n: Int) { self.init(m: m, n: n, rowStep: max(1, m), columnStep: max(1, n)) }

    /// The tiles for `threads` threads that share `products` nonempty products `[m, k]` · `[k, n]`.
    package init(m: Int, n: Int, k: Int, products: Int, threads: Int, blocking: Blocking) {
        // The least number of tiles of each product.
        let wanted = products >= threads ? 1 : (threads + products - 1) / products
        // The results of these rows fit into the second-level cache until they are finished.
        let rowLimit = min(m, 288)
        if blocking.columns < n {
            // Whole panels, several if one is too little work to hand to a thread.
            let panels = (n - 1) / blocking.columns + 1
            let together = min(max(1, 200_000 / max(1, rowLimit * blocking.columns * k)), max(1, panels / wanted))
            let columnParts = (panels - 1) / together + 1
            // If threads finish at different times, they can still share the rest.
            let rowParts = wanted == 1 ? 1 : (3 * wanted + columnParts - 1) / columnParts
            self.init(
                m: m, n: n, rowStep: min(rowLimit, max(12, (m - 1) / rowParts + 1)),
                columnStep: together * blocking.columns)
        } else {
            // A tile of few rows spends its time copying columns, so columns are split first.
            let columnParts = max(1, min(wanted, n / 64))
            let rowParts = max(1, min((wanted - 1) / columnParts + 1, m / 16))
            // 16 columns are a cache line.
            self.init(
                m: m, n: n, rowStep: min(rowLimit, (m - 1) / rowParts + 1),
                columnStep: ((n - 1) / columnParts + 16) / 16 * 16)
        }
    }

    package subscript(index: Int) -> Tile {
        let (row, column) = (index / columnParts * rowStep, index % columnParts * columnStep)
        return Tile(rows: row..<min(m, row + rowStep), columns: column..<min(n, column + columnStep))
    }
}
