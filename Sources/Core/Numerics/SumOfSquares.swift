/// A sum of squares with the same result on all backends.
///
/// Squares of float32 numbers are exact in double precision, so the result depends only on the order of summation,
/// which is fixed.
package enum SumOfSquares {
    /// The number of elements in a block.
    package static let block = 4_096
    /// The number of interleaved partial sums in a block.
    package static let lanes = 16

    /// Returns the sum of one block.
    package static func ofBlock(_ elements: Span<Float>) -> Double {
        var sums = SIMD16<Double>()
        for index in elements.indices {
            let element = Double(elements[index])
            sums[index % lanes] += element * element
        }
        let eight = sums.lowHalf + sums.highHalf
        let four = eight.lowHalf + eight.highHalf
        let two = four.lowHalf + four.highHalf
        return two[0] + two[1]
    }

    /// Returns the sum of all elements, added to `first` block by block.
    package static func of(_ elements: Span<Float>, startingFrom first: Double = 0) -> Double {
        var sum = first
        for start in stride(from: 0, to: elements.count, by: block) {
            sum += ofBlock(elements.extracting(start..<min(start + block, elements.count)))
        }
        return sum
    }
}
