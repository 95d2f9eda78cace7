import BertCore

/// The right operand of a product, `[k, n]`, packed into row-major panels of eight columns.
///
/// Columns beyond `n` are zero.
final class PackedMatrix: Sendable {
    static let width = 8

    let k: Int
    let n: Int
    private let storage: HostStorage

    /// Packs a matrix whose element (row, column) is at `row * rowStride + column * columnStride`.
    init(
        _ source: UnsafePointer<Float>, k: Int, n: Int, rowStride: Int, columnStride: Int, memory: HostMemory
    ) throws {
        self.k = k
        self.n = n
        let panels = (n + Self.width - 1) / Self.width
        storage = try memory.allocate(max(1, panels * k * Self.width) * MemoryLayout<Float>.size)
        var destination = storage.start.assumingMemoryBound(to: Float.self)
        for panel in 0..<panels {
            let first = panel * Self.width
            let columns = min(Self.width, n - first)
            for row in 0..<k {
                let start = source + row * rowStride + first * columnStride
                for column in 0..<columns { destination[column] = start[column * columnStride] }
                for column in columns..<Self.width { destination[column] = 0 }
                destination += Self.width
            }
        }
    }

    /// Computes scale · a · self for rows of `a`, `[rows, k]`, and a range of panels, and writes it to `out`, `[rows,
    /// n]`.
    ///
    /// Each element is summed over k in ascending order, so the result doesn't depend on how rows are grouped.
    func multiply(
        _ a: UnsafePointer<Float>, rows: Range<Int>, stride: Int, panels: Range<Int>, scale: Float,
        into out: UnsafeMutablePointer<Float>, outStride: Int
    ) {
        let packed = UnsafePointer(storage.start.assumingMemoryBound(to: Float.self))
        for panel in panels {
            let b = packed + panel * k * Self.width
            let column = panel * Self.width
            let columns = min(Self.width, n - column)
            #if DEBUG
                // Scalar code, because the compiler moves vectors through memory one lane at a time, which is six times
                // slower.
                for row in rows {
                    for lane in 0..<columns {
                        out[row * outStride + column + lane] = scale * Self.dot(a + row * stride, b + lane, count: k)
                    }
                }
            #else
                func store(_ sums: SIMD8<Float>, row: Int) {
                    let scaled = scale == 1 ? sums : sums * scale
                    let destination = out + row * outStride + column
                    if columns == Self.width {
                        UnsafeMutableRawPointer(destination).storeBytes(of: scaled, as: SIMD8<Float>.self)
                    } else {
                        for lane in 0..<columns { destination[lane] = scaled[lane] }
                    }
                }
                var row = rows.lowerBound
                // Four rows share each load of `b`.
                while row + 4 <= rows.upperBound {
                    let a0 = a + row * stride
                    let (a1, a2, a3) = (a0 + stride, a0 + 2 * stride, a0 + 3 * stride)
                    var (s0, s1, s2, s3) = (
                        SIMD8<Float>.zero, SIMD8<Float>.zero, SIMD8<Float>.zero, SIMD8<Float>.zero
                    )
                    for i in 0..<k {
                        let line = UnsafeRawPointer(b + i * Self.width).load(as: SIMD8<Float>.self)
                        s0 += line * a0[i]
                        s1 += line * a1[i]
                        s2 += line * a2[i]
                        s3 += line * a3[i]
                    }
                    store(s0, row: row)
                    store(s1, row: row + 1)
                    store(s2, row: row + 2)
                    store(s3, row: row + 3)
                    row += 4
                }
                while row < rows.upperBound {
                    let a0 = a + row * stride
                    var s0 = SIMD8<Float>.zero
                    for i in 0..<k { s0 += UnsafeRawPointer(b + i * Self.width).load(as: SIMD8<Float>.self) * a0[i] }
                    store(s0, row: row)
                    row += 1
                }
            #endif
        }
    }

    #if DEBUG
        /// Returns the dot product of a row and a panel's column.
        private static func dot(_ row: UnsafePointer<Float>, _ column: UnsafePointer<Float>, count: Int) -> Float {
            var (sum, i): (Float, Int) = (0, 0)
            while i < count {
                sum += row[i] * column[i &* width]
                i &+= 1
            }
            return sum
        }
    #endif

    /// The number of panels.
    var panelCount: Int { (n + Self.width - 1) / Self.width }

    /// Computes scale · a · self for all rows, in parallel.
    func multiply(
        _ a: UnsafePointer<Float>, rows: Int, stride: Int, scale: Float, into out: UnsafeMutablePointer<Float>,
        workers: WorkerPool
    ) {
        let rowBlock = 32
        let blocks = (rows + rowBlock - 1) / rowBlock
        if blocks >= 2 * workers.threads {
            workers.forEach(blocks) { block in
                multiply(
                    a, rows: block * rowBlock..<min(rows, (block + 1) * rowBlock), stride: stride,
                    panels: 0..<panelCount, scale: scale, into: out, outStride: n)
            }
        } else {
            let panelWork = max(1, rows * k * Self.width)
            workers.forEachRange(panelCount, grain: max(1, 65_536 / panelWork)) { panels in
                multiply(a, rows: 0..<rows, stride: stride, panels: panels, scale: scale, into: out, outStride: n)
            }
        }
    }
}
