/// The sum of squares that every backend gives: squares of float32 are exact in double precision, so only the order counts in
/// which they are added.
package enum SumOfSquares {
    /// How many elements are summed by themselves.
    package static let block = 4_096
    /// How many sums take elements in turn.
    package static let lanes = 16

    /// The sum of one block.
    package static func ofBlock(_ elements: UnsafeBufferPointer<Float>) -> Double {
        var sums = SIMD16<Double>()
        for (index, element) in elements.enumerated() { sums[index % lanes] += Double(element) * Double(element) }
        let eight = sums.lowHalf + sums.highHalf
        let four = eight.lowHalf + eight.highHalf
        let two = four.lowHalf + four.highHalf
        return two[0] + two[1]
    }

    /// The sum of all elements.
    package static func of(_ elements: UnsafeBufferPointer<Float>) -> Double {
        stride(from: 0, to: elements.count, by: block).reduce(0) { sum, start in
            sum + ofBlock(UnsafeBufferPointer(rebasing: elements[start..<min(start + block, elements.count)]))
        }
    }
}
