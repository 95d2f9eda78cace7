import BertCore

/// Gradients by finite differences of the oracle in double precision. No gradient formulas are used.
extension Oracle {
    /// Returns ∂⟨f(x), g⟩/∂x, varying each element of x separately.
    static func gradient(at x: Values, _ g: Values, of f: (Values) -> Values) -> Values {
        var moved = x
        return Values(x.shape) { index in
            defer { moved.elements[index] = x.elements[index] }
            return slope { shift in
                moved.elements[index] = x.elements[index] + shift
                return dot(f(moved), g)
            }
        }
    }

    /// Returns the gradient for a function of independent rows, which is much faster.
    static func rowGradient(at x: Values, _ g: Values, of f: (Values) -> Values) -> Values {
        Values(
            x.shape,
            (0..<x.rowCount).flatMap { index in
                gradient(
                    at: Values([1, x.width], Array(x.row(index))), Values([1, g.width], Array(g.row(index))), of: f
                ).elements
            })
    }

    /// Returns the gradient for an elementwise function.
    static func elementGradient(at x: Values, _ g: Values, of f: (Double) -> Double) -> Values {
        Values(x.shape) { index in g.elements[index] * slope { f(x.elements[index] + $0) } }
    }

    /// Returns the derivative at 0 by finite differences of fourth order.
    static func slope(_ f: (Double) -> Double) -> Double {
        let h = 0x1p-10
        return (8 * (f(h) - f(-h)) - (f(2 * h) - f(-2 * h))) / (12 * h)
    }

    static func dot(_ a: Values, _ b: Values) -> Double {
        var sum = 0.0
        a.forEachPair(with: b) { sum += $1 * $2 }
        return sum
    }

    /// Returns the sum of all rows along the last axis.
    static func sumOfRows(_ x: Values) -> Values {
        reduce(.sum, x.reshaped([x.rowCount, x.width]), axis: 0).reshaped([x.width])
    }
}
