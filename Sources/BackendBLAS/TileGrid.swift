/// A part of a product's result.
package struct Tile {
    /// Rows of the result.
    package let rows: Range<Int>
    /// Columns of the result.
    package let columns: Range<Int>
}

/// How a result `[m, n]` is cut into tiles, each the work of one thread; depends on nothing but the sizes, the library
/// and the number of threads, so that the same product has the same bits every time.
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

    /// Tiles for `threads` threads that share `products` products `[m, k]` · `[k, n]`, none of them empty.
    package init(m: Int, n: Int, k: Int, products: Int, threads: Int, blocking: Blocking) {
        // How many tiles each product should have, at the least.
        let wanted = products >= threads ? 1 : (threads + products - 1) / products
        // Rows whose results stay in the second-level cache until they are finished.
        let rowLimit = min(m, 288)
        if blocking.columns < n {
            // Whole panels, several of them where the work on one would hardly pay for handing it out.
            let panels = (n - 1) / blocking.columns + 1
            let together = min(max(1, 200_000 / max(1, rowLimit * blocking.columns * k)), max(1, panels / wanted))
            let columnParts = (panels - 1) / together + 1
            // Two threads that finish at different times can still share what is left.
            let rowParts = wanted == 1 ? 1 : (3 * wanted + columnParts - 1) / columnParts
            self.init(
                m: m, n: n, rowStep: min(rowLimit, max(12, (m - 1) / rowParts + 1)),
                columnStep: together * blocking.columns)
        } else {
            // A tile of few rows spends its time on copying columns, so columns are cut first.
            let columnParts = max(1, min(wanted, n / 64))
            let rowParts = max(1, min((wanted - 1) / columnParts + 1, m / 16))
            // A multiple of 16 columns is a line of the cache.
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
