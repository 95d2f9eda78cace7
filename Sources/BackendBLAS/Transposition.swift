import BertCore

/// Turns `[rows, columns]` into `[columns, rows]`.
struct Transposition {
    let rows: Int
    let columns: Int

    /// Small enough that a block's lines of both matrices stay in the first-level cache.
    private static let block = 16

    func run(
        _ source: UnsafePointer<Float>, into destination: UnsafeMutablePointer<Float>, workers: WorkerPool
    ) {
        let block = Self.block
        workers.forEachRange((columns + block - 1) / block, grain: max(1, 32_768 / max(1, block * rows))) { range in
            let span = range.lowerBound * block..<min(range.upperBound * block, columns)
            for column in stride(from: span.lowerBound, to: span.upperBound, by: block) {
                for row in stride(from: 0, to: rows, by: block) {
                    for i in column..<min(column + block, span.upperBound) {
                        for j in row..<min(row + block, rows) { destination[i * rows + j] = source[j * columns + i] }
                    }
                }
            }
        }
    }
}
