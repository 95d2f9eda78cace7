import BertCore

/// An iteration over the elements of two operands that are broadcast to one shape. Adjacent axes are merged if both
/// operands have compatible strides, to minimize the number of rows.
struct BroadcastWalk {
    /// The length of an axis and the strides of both operands.
    struct Axis {
        var length: Int
        var a: Int
        var b: Int
    }
    /// The axes over which `rows` are repeated, innermost first.
    private let outer: [Axis]
    /// The second innermost axis.
    let rows: Axis
    /// The innermost axis. Its strides are 0 or 1.
    let columns: Axis

    /// Creates an iteration over `shape`, which both operands broadcast to.
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

    /// The total number of rows.
    var rowCount: Int { outer.reduce(rows.length) { $0 * $1.length } }

    /// Calls `body` for each run of evenly spaced rows within `range`, with its offsets in the operands.
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

    /// Calls `body` for each run of positions within `range`, in row-major order, along which `b` has a constant
    /// stride, with its offset in `b` and the stride.
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
