/// A tile of a product's result.
package struct Tile {
    /// The rows of the result.
    package let rows: Range<Int>
    /// The columns of the result.
    package let columns: Range<Int>
}

/// A division of a result `[m, n]` into tiles, each computed by one thread.
///
/// It depends only on the sizes, the library and the number of threads, so the same product always gives the same bits.
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

    /// Creates a grid with a single tile.
    package init(whole m: Int, _ n: Int) { self.init(m: m, n: n, rowStep: max(1, m), columnStep: max(1, n)) }

    /// Creates the tiles for `threads` threads that share `products` nonempty products `[m, k]` · `[k, n]`.
    package init(m: Int, n: Int, k: Int, products: Int, threads: Int, blocking: Blocking) {
        // The minimum number of tiles per product.
        let wanted = products >= threads ? 1 : (threads + products - 1) / products
        // The results of this many rows stay in the L2 cache until the epilogue.
        let rowLimit = min(m, 288)
        if blocking.columns < n {
            // Use whole panels, several of them if one is too little work for a thread.
            let panels = (n - 1) / blocking.columns + 1
            let together = min(max(1, 200_000 / max(1, rowLimit * blocking.columns * k)), max(1, panels / wanted))
            let columnParts = (panels - 1) / together + 1
            // Use more tiles than threads, for load balancing.
            let rowParts = wanted == 1 ? 1 : (3 * wanted + columnParts - 1) / columnParts
            self.init(
                m: m, n: n, rowStep: min(rowLimit, max(12, (m - 1) / rowParts + 1)),
                columnStep: together * blocking.columns)
        } else {
            // A tile with few rows spends its time packing columns, so split the columns first.
            let columnParts = max(1, min(wanted, n / 64))
            let rowParts = max(1, min((wanted - 1) / columnParts + 1, m / 16))
            // 16 columns are one cache line.
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
