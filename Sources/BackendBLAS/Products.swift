import BertCore
import Synchronization

/// One product `[m, k]` · `[k, n]`, scaled, into a dense `[m, n]`.
struct Product {
    let a: MatrixOperand
    let b: MatrixOperand
    let result: UnsafeMutablePointer<Float>
}

/// Spreads products over threads.
///
/// OpenBLAS's own threads serve one call at a time and need milliseconds of work to pay. So, where the build allows it,
/// each product is cut into tiles for the program's workers, and OpenBLAS computes on the thread that calls it.
struct Products: Sendable {
    let library: OpenBLASLibrary
    let blocking: Blocking
    let workers: WorkerPool

    /// - Parameter blocking: what suits the library if nil.
    init(library: OpenBLASLibrary, workers: WorkerPool, blocking: Blocking? = nil) {
        self.library = library
        self.workers = workers
        let suiting = Blocking.suiting(version: library.version, coreName: library.coreName)
        self.blocking = blocking ?? (library.callsAreIndependent ? suiting : .none)
        // In the whole process; where OpenMP decides, it is told at each call.
        library.setThreads(library.threading == .ownThreads ? 1 : workers.threads)
    }

    /// Products of one size, `product(index)` for each index below `count`, and what is to be done with each tile as soon
    /// as it is there.
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
        // Microseconds of work: less than it takes to hand them out.
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

    /// Adds what `depth` gives to a block of the result, or begins it.
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

/// Held during a call of a sequential library: there is one of it in the process.
private let sequentialCall = Mutex(())
