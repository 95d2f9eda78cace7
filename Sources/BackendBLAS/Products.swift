import BertCore
import BertLocks

/// A scaled product `[m, k]` · `[k, n]` with a dense result `[m, n]`.
struct Product {
    let a: MatrixOperand
    let b: MatrixOperand
    let result: UnsafeMutablePointer<Float>
}

/// A scheduler that divides products among threads.
///
/// OpenBLAS's own threads serve one call at a time and are efficient only for work that takes milliseconds. If the
/// build supports it, each product is divided into tiles for the thread pool, and OpenBLAS runs on the calling thread.
struct Products: Sendable {
    let library: OpenBLASLibrary
    let blocking: Blocking
    let workers: WorkerPool

    /// Creates a scheduler.
    ///
    /// - Parameter blocking: The blocking of products; nil for the best one for the library.
    init(library: OpenBLASLibrary, workers: WorkerPool, blocking: Blocking? = nil) {
        self.library = library
        self.workers = workers
        let suiting = Blocking.suiting(version: library.version, coreName: library.coreName)
        self.blocking = blocking ?? (library.callsAreIndependent ? suiting : .none)
        // Applies to the whole process. With OpenMP, the number is set in each call.
        library.setThreads(library.threading == .ownThreads ? 1 : workers.threads)
    }

    /// Computes `count` products of the same size, `product(index)`, and calls `finish` for each completed tile.
    func multiply(
        count: Int = 1, m: Int, n: Int, k: Int, scale: Float = 1, _ product: (Int) -> Product,
        finish: (Tile) -> Void = { _ in }
    ) throws {
        guard count > 0, m > 0, n > 0 else { return }
        guard library.isWide || max(m, n, k) <= Int(Int32.max) else {
            throw BertError(
                .unsupported,
                "a product of [\(m), \(k)] and [\(k), \(n)] is too large for an OpenBLAS with 32-bit integers")
        }
        guard library.callsAreIndependent else {
            for index in 0..<count {
                compute(product(index), TileGrid(whole: m, n)[0], n: n, k: k, scale: scale)
            }
            return workers.forEachRange(m, grain: max(1, 16_384 / n)) { finish(Tile(rows: $0, columns: 0..<n)) }
        }
        let tiles = TileGrid(m: m, n: n, k: k, products: count, threads: workers.threads, blocking: blocking)
        func run(_ index: Int) {
            let tile = tiles[index % tiles.count]
            compute(product(index / tiles.count), tile, n: n, k: k, scale: scale)
            finish(tile)
        }
        // Dispatching work that takes microseconds costs more than it saves.
        if Double(m) * Double(n) * Double(k) * Double(count) < 200_000 {
            for index in 0..<count * tiles.count { run(index) }
        } else {
            workers.forEach(count * tiles.count, run)
        }
    }

    private func compute(_ product: Product, _ tile: Tile, n: Int, k: Int, scale: Float) {
        guard k > 0 else {
            for row in tile.rows {
                (product.result + row * n + tile.columns.lowerBound).update(repeating: 0, count: tile.columns.count)
            }
            return
        }
        let rowParts = EvenParts(tile.rows, limit: blocking.rows)
        let depthParts = EvenParts(0..<k, limit: blocking.depth)
        var column = tile.columns.lowerBound
        while column < tile.columns.upperBound {
            let columns = column..<min(tile.columns.upperBound, blocking.end(of: column))
            for depth in 0..<depthParts.count {
                for rows in 0..<rowParts.count {
                    call(product, rowParts[rows], columns, depthParts[depth], n: n, scale: scale)
                }
            }
            column = columns.upperBound
        }
    }

    /// Computes the product over `depth` for a block of the result, adding to the result unless it is the first one.
    private func call(
        _ product: Product, _ rows: Range<Int>, _ columns: Range<Int>, _ depth: Range<Int>, n: Int, scale: Float
    ) {
        func multiply() {
            library.multiply(
                m: rows.count, n: columns.count, k: depth.count, scale: scale,
                product.a.from(row: rows.lowerBound, column: depth.lowerBound),
                product.b.from(row: depth.lowerBound, column: columns.lowerBound), accumulates: depth.lowerBound > 0,
                into: product.result + rows.lowerBound * n + columns.lowerBound, stride: n)
        }
        if library.threading == .sequential { sequentialCall.withLock { _ in multiply() } } else { multiply() }
    }
}

/// A lock for calls of a sequential library, of which there is only one per process.
private let sequentialCall = ForkSafeMutex(())
