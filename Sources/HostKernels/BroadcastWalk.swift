import BertCore

/// The elements of two operands that broadcast to one shape, as few rows as possible: neighbouring axes along which both
/// operands move alike are one.
struct BroadcastWalk {
    /// A run of positions, and how far each operand moves from one to the next.
    struct Axis {
        var length: Int
        var a: Int
        var b: Int
    }
    /// Axes over which `rows` are repeated, innermost first.
    private let outer: [Axis]
    /// The axis above the innermost.
    let rows: Axis
    /// The innermost axis, in which an operand moves by 1 or not at all.
    let columns: Axis

    /// The way over `shape`, to which both operands broadcast.
    init(_ a: Shape, _ b: Shape, to shape: Shape) {
        var axes: [Axis] = []
        var (strideA, strideB) = (1, 1)
        for axis in shape.indices.reversed() {
            let (ownA, ownB) = (axis - (shape.count - a.count), axis - (shape.count - b.count))
            let (lengthA, lengthB) = (ownA < 0 ? 1 : a[ownA], ownB < 0 ? 1 : b[ownB])
            let next = Axis(
                length: shape[axis], a: lengthA == 1 ? 0 : strideA, b: lengthB == 1 ? 0 : strideB)
            strideA *= lengthA
            strideB *= lengthB
            if next.length == 1 { continue }
            if let last = axes.last, next.a == last.a * last.length, next.b == last.b * last.length {
                axes[axes.count - 1].length *= next.length
            } else {
                axes.append(next)
            }
        }
        let single = Axis(length: 1, a: 0, b: 0)
        columns = axes.first ?? single
        rows = axes.dropFirst().first ?? single
        outer = Array(axes.dropFirst(2))
    }

    /// How many rows there are altogether.
    var rowCount: Int { outer.reduce(rows.length) { $0 * $1.length } }

    /// Calls `body` for each run of rows within `range` that are evenly spaced, with where it begins in the operands.
    func forEachRun(in range: Range<Int>, _ body: (_ rows: Range<Int>, _ a: Int, _ b: Int) -> Void) {
        var row = range.lowerBound
        while row < range.upperBound {
            let first = row % rows.length
            let count = min(rows.length - first, range.upperBound - row)
            var (rest, a, b) = (row / rows.length, first * rows.a, first * rows.b)
            for axis in outer {
                a += rest % axis.length * axis.a
                b += rest % axis.length * axis.b
                rest /= axis.length
            }
            body(row..<row + count, a, b)
            row += count
        }
    }

    /// Calls `body` for each run of single positions within `range`, in row-major order, along which `b` is evenly
    /// spaced: where `b` is at its beginning, and how far it moves from one to the next.
    func forEachSpan(in range: Range<Int>, _ body: (_ positions: Range<Int>, _ b: Int, _ step: Int) -> Void) {
        let firstRow = range.lowerBound / columns.length
        let endRow = (range.upperBound + columns.length - 1) / columns.length
        forEachRun(in: firstRow..<endRow) { run, _, b in
            for row in run {
                let start = row * columns.length
                let span = range.clamped(to: start..<start + columns.length)
                body(span, b + (row - run.lowerBound) * rows.b + (span.lowerBound - start) * columns.b, columns.b)
            }
        }
    }
}
