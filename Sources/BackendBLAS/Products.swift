import BertCore
import Synchronization

/// A matrix in memory: row-major, one row `stride` elements after the other.
struct MatrixOperand: @unchecked Sendable {
    // Points into a tensor that outlives the operation.
    /// The first element.
    let start: UnsafePointer<Float>
    /// From one row to the next.
    let stride: Int
    /// Whether the product takes its transpose.
    var isTransposed = false

    /// The same matrix, as the product sees it, without the rows before `row`.
    func dropRows(_ row: Int) -> MatrixOperand {
        MatrixOperand(start: start + (isTransposed ? row : row * stride), stride: stride, isTransposed: isTransposed)
    }

    /// The same matrix, as the product sees it, without the columns before `column`.
    func dropColumns(_ column: Int) -> MatrixOperand {
        MatrixOperand(
            start: start + (isTransposed ? column * stride : column), stride: stride, isTransposed: isTransposed)
    }
}

/// One product `[m, k]` · `[k, n]`, scaled, into a dense `[m, n]`.
struct Product {
    let a: MatrixOperand
    let b: MatrixOperand
    let result: UnsafeMutablePointer<Float>
}

/// Spreads products over threads.
///
/// OpenBLAS's own threads serve one call at a time and need milliseconds of work to pay. So, where the build allows it,
/// each product is cut into tiles, and each tile is a call of its own on one thread.
struct Products: Sendable {
    let library: OpenBLASLibrary
    let workers: WorkerPool
    private let oneAtATime = Gate()

    init(library: OpenBLASLibrary, workers: WorkerPool) {
        self.library = library
        self.workers = workers
        // OpenMP has its own say in how many threads a caller gets; see `multiplyTile`.
        library.setThreads(library.threading == .ownThreads ? 1 : workers.threads)
    }

    /// Products of one size, `product(index)` for each index below `count`, and what is to be done with each tile as soon
    /// as it is there.
    func multiply(
        count: Int = 1, m: Int, n: Int, k: Int, scale: Float = 1, _ product: (Int) -> Product,
        finish: (Int, Tile) -> Void = { _, _ in }
    ) throws {
        guard count > 0, m > 0, n > 0 else { return }
        guard library.isWide || max(m, n, k) <= Int(Int32.max) else {
            throw BertError(
                .unsupported,
                "a product of [\(m), \(k)] and [\(k), \(n)] is too large for an OpenBLAS with 32-bit integers")
        }
        let tiles =
            library.threading == .ownThreads
            ? TileGrid(m: m, n: n, k: k, products: count, threads: workers.threads) : TileGrid(whole: m, n)
        func compute(_ index: Int) {
            let (product, tile) = (product(index / tiles.count), tiles[index % tiles.count])
            multiply(product, tile, n: n, k: k, scale: scale)
            finish(index / tiles.count, tile)
        }
        let isSmall = 2 * m * n * k * count < 400_000
        if isSmall || library.threading != .ownThreads {
            for index in 0..<count * tiles.count { compute(index) }
        } else {
            workers.forEach(count * tiles.count, compute)
        }
    }

    private func multiply(_ product: Product, _ tile: Tile, n: Int, k: Int, scale: Float) {
        let (rows, columns) = (tile.rows, tile.columns)
        let result = product.result + rows.lowerBound * n + columns.lowerBound
        guard k > 0 else {
            for row in 0..<rows.count { (result + row * n).update(repeating: 0, count: columns.count) }
            return
        }
        let (a, b) = (product.a.dropRows(rows.lowerBound), product.b.dropColumns(columns.lowerBound))
        func call() {
            _ = library.multiply(
                m: rows.count, n: columns.count, k: k, scale: scale, a, b, into: result, stride: n)
        }
        if library.threading == .sequential { oneAtATime.enter(call) } else { call() }
    }
}

/// A lock that can be shared by copies of a structure.
private final class Gate: Sendable {
    private let mutex = Mutex(())

    func enter(_ body: () -> Void) { mutex.withLock { _ in body() } }
}
