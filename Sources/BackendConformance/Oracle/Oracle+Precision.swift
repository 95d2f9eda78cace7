import BertCore

extension Oracle {
    /// Returns the inputs of a product, rounded to a precision; rows are along the last axis.
    static func inputs(_ values: Values, in precision: Precision) -> Values {
        rounded(values, to: precision) { row in
            let (low, high) = (row.reduce(0, min), row.reduce(0, max))
            return integers(row, over: Double(Float(high) - Float(low)), steps: 255, low: low)
        }
    }

    /// Returns the weights of a product, rounded to a precision.
    static func weights(_ values: Values, in precision: Precision) -> Values {
        rounded(values, to: precision) { row in
            integers(row, over: greatestOfTwo(row), steps: 127, low: 0)
        }
    }

    /// Returns the greatest sum of the elements of the same sign in two neighbors, in float32.
    private static func greatestOfTwo(_ row: ArraySlice<Double>) -> Double {
        let sums = stride(from: row.startIndex, to: row.endIndex, by: 2).flatMap { first in
            [Float(1), -1].map { sign in
                row[first..<min(first + 2, row.endIndex)].reduce(Float(0)) { $0 + max(Float($1) * sign, 0) }
            }
        }
        return Double(sums.max() ?? 0)
    }

    private static func rounded(
        _ values: Values, to precision: Precision, integers: (ArraySlice<Double>) -> [Double]
    ) -> Values {
        switch precision {
        case .float32: values
        case .bfloat16: values.rounded(to: .bfloat16)
        case .int8: Values(values.shape, (0..<values.rowCount).flatMap { integers(values.row($0)) })
        }
    }

    private static func integers(_ row: ArraySlice<Double>, over size: Double, steps: Float, low: Double) -> [Double] {
        guard row.allSatisfy(\.isFinite) else { return row.map { _ in .nan } }
        guard size >= 0x1p-119 else { return row.map { _ in 0 } }
        // Factors and products are float32, so that ties are the same everywhere.
        let factor = steps / Float(size)
        let zero = (-Float(low) * factor).rounded(.toNearestOrEven)
        return row.map { element in
            let integer = (Float(element) * factor).rounded(.toNearestOrEven)
            return Double(min(integer + zero, steps) - zero) * size / Double(steps)
        }
    }
}
