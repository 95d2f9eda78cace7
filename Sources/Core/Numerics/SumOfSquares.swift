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
    package static func ofBlock(_ elements: UnsafeBufferPointer<Float>) -> Double {
        var sums = SIMD16<Double>()
        for (index, element) in elements.enumerated() { sums[index % lanes] += Double(element) * Double(element) }
        let eight = sums.lowHalf + sums.highHalf
        let four = eight.lowHalf + eight.highHalf
        let two = four.lowHalf + four.highHalf
        return two[0] + two[1]
    }

    /// Returns the sum of all elements.
    package static func of(_ elements: UnsafeBufferPointer<Float>) -> Double {
        stride(from: 0, to: elements.count, by: block).reduce(0) { sum, start in
            sum + ofBlock(UnsafeBufferPointer(rebasing: elements[start..<min(start + block, elements.count)]))
        }
    }
}
