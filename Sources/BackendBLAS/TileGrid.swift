/// A part of a product's result.
struct Tile {
    let rows: Range<Int>
    let columns: Range<Int>
}

/// How a result `[m, n]` is cut into tiles; depends on nothing but the sizes and the number of threads.
struct TileGrid {
    private let m: Int
    private let n: Int
    private let rowParts: Int
    private let columnParts: Int

    /// The number of tiles.
    var count: Int { rowParts * columnParts }

    /// One tile.
    init(whole m: Int, _ n: Int) {
        (self.m, self.n) = (m, n)
        (rowParts, columnParts) = (1, 1)
    }

    /// Tiles for `threads` threads that share `products` products `[m, k]` · `[k, n]`.
    init(m: Int, n: Int, k: Int, products: Int, threads: Int) {
        (self.m, self.n) = (m, n)
        guard products < threads else {
            (rowParts, columnParts) = (1, 1)
            return
        }
        let wanted = (threads + products - 1) / products
        // A tile of few rows spends its time on fetching columns, so columns are cut first.
        columnParts = max(1, min(wanted, n / 64))
        rowParts = max(1, min((wanted + columnParts - 1) / columnParts, m / 16))
    }

    subscript(index: Int) -> Tile {
        let (row, column) = (index / columnParts, index % columnParts)
        return Tile(
            rows: m * row / rowParts..<m * (row + 1) / rowParts,
            columns: Self.boundary(column, of: columnParts, n)..<Self.boundary(column + 1, of: columnParts, n))
    }

    /// Where a part begins: at a multiple of 16 columns, which is a line of the cache.
    private static func boundary(_ part: Int, of parts: Int, _ n: Int) -> Int {
        part == parts ? n : n * part / parts / 16 * 16
    }
}
