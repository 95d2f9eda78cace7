import BertCore

/// The expected results of all operations, computed by plain loops in double precision.
///
/// Derived only from the documentation and the formulas. It shares no code with any backend.
enum Oracle {
    /// Returns the index of an operand's element for each element of the result, with NumPy broadcasting.
    static func broadcastIndices(_ shape: Shape, in output: Shape) -> [Int] {
        var indices: [Int] = []
        indices.reserveCapacity(output.elementCount)
        var strides = [Int](repeating: 0, count: output.count)
        var stride = 1
        for axis in shape.indices.reversed() {
            let outputAxis = axis + output.count - shape.count
            strides[outputAxis] = shape[axis] == 1 ? 0 : stride
            stride *= shape[axis]
        }
        for index in 0..<output.elementCount {
            var (rest, position) = (index, 0)
            for axis in output.indices.reversed() {
                position += rest % output[axis] * strides[axis]
                rest /= output[axis]
            }
            indices.append(position)
        }
        return indices
    }

    /// Returns the shape that two shapes broadcast to.
    static func broadcast(_ a: Shape, _ b: Shape) -> Shape {
        let rank = max(a.count, b.count)
        return Shape(
            (0..<rank).map { axis in
                let x = axis < rank - a.count ? 1 : a[axis - (rank - a.count)]
                let y = axis < rank - b.count ? 1 : b[axis - (rank - b.count)]
                return x == 1 ? y : x
            })
    }

    /// Returns `a` with its last two axes swapped.
    static func transposed(_ a: Values) -> Values {
        let last = a.shape.count - 1
        var axes = Array(0...last)
        axes.swapAt(last, last - 1)
        return permute(a, axes: axes)
    }

    // MARK: Layout

    static func permute(_ a: Values, axes: [Int]) -> Values {
        let output = Shape(axes.map { a.shape[$0] })
        var strides = [Int](repeating: 1, count: a.shape.count)
        for axis in a.shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * a.shape[axis + 1] }
        return Values(output) { index in
            var (rest, position) = (index, 0)
            for axis in output.indices.reversed() {
                position += rest % output[axis] * strides[axes[axis]]
                rest /= output[axis]
            }
            return a.elements[position]
        }
    }

    static func slice(_ a: Values, axis: Int, range: Range<Int>) -> Values {
        let inner = a.shape.dropFirst(axis + 1).reduce(1, *)
        let outer = a.shape.prefix(axis).reduce(1, *)
        var elements: [Double] = []
        for block in 0..<outer {
            let start = block * a.shape[axis] * inner
            elements += a.elements[start + range.lowerBound * inner..<start + range.upperBound * inner]
        }
        return Values(a.shape.replacing(axis: axis, with: range.count), elements)
    }

    static func concatenate(_ parts: [Values], axis: Int) -> Values {
        let first = parts[0].shape
        let outer = first.prefix(axis).reduce(1, *)
        var elements: [Double] = []
        for block in 0..<outer {
            for part in parts {
                let size = part.shape.dropFirst(axis).reduce(1, *)
                elements += part.elements[block * size..<(block + 1) * size]
            }
        }
        return Values(first.replacing(axis: axis, with: parts.reduce(0) { $0 + $1.shape[axis] }), elements)
    }

    static func gather(_ table: Values, _ indices: Values) -> Values {
        let size = table.shape.dropFirst().reduce(1, *)
        return Values(
            table.shape.replacing(axis: 0, with: indices.elements.count),
            indices.elements.flatMap { table.elements[Int($0) * size..<(Int($0) + 1) * size] })
    }

    static func scatterAdd(_ rows: Values, _ indices: Values, rowCount: Int) -> Values {
        let size = rows.shape.dropFirst().reduce(1, *)
        var result = Values(rows.shape.replacing(axis: 0, with: rowCount), repeating: 0)
        for (row, index) in indices.elements.enumerated() {
            for i in 0..<size { result.elements[Int(index) * size + i] += rows.elements[row * size + i] }
        }
        return result
    }

    // MARK: Reductions

    static func reduce(_ operation: Reduction, _ a: Values, axis: Int) -> Values {
        let inner = a.shape.dropFirst(axis + 1).reduce(1, *)
        let length = a.shape[axis]
        return Values(a.shape.replacing(axis: axis, with: 1)) { index in
            let start = index / inner * length * inner + index % inner
            let line = (0..<length).map { a.elements[start + $0 * inner] }
            switch operation {
            case .sum: return line.reduce(0, +)
            case .maximum: return line.reduce(-.infinity, greater)
            }
        }
    }

    /// Returns the greater number, or NaN if either is NaN.
    static func greater(_ a: Double, _ b: Double) -> Double { a.isNaN || b.isNaN ? .nan : Swift.max(a, b) }
    /// Returns the smaller number, or NaN if either is NaN.
    static func smaller(_ a: Double, _ b: Double) -> Double { a.isNaN || b.isNaN ? .nan : Swift.min(a, b) }
}
