import BertCore

extension Trial {
    /// Checks a small result completely, or a large one at positions where loops commonly fail and at random positions.
    ///
    /// - Parameter cost: The number of terms in an element.
    func expect(
        _ tensor: Tensor, shape: Shape, cost: Int, _ tolerance: Tolerance, _ what: String = "",
        element: (Int) -> Double
    ) throws {
        guard hasForm(tensor, shape, .float32, what) else { return }
        let got = try values(tensor)
        for index in places(in: shape, cost: cost) {
            compare(got.elements[index], element(index), at: index, tolerance, what)
        }
    }

    /// Returns all indices, or the corners, the ends of rows and some random ones.
    private func places(in shape: Shape, cost: Int) -> [Int] {
        let (count, width) = (shape.elementCount, max(shape.lastLength, 1))
        let most = max(64, 200_000 / max(cost, 1))
        guard count > most else { return Array(0..<count) }
        var chosen: Set<Int> = [0, width - 1, count - width, count - 1]
        let rows = count / width
        for _ in 0..<most / 4 {
            chosen.insert(numbers.below(rows) * width + width - 1)
            chosen.insert((rows - 1) * width + numbers.below(width))
        }
        while chosen.count < most { chosen.insert(numbers.below(count)) }
        return chosen.sorted()
    }

    /// Checks the sums of rows and columns in a product of integers, which are exact. Each element is part of two sums.
    func expectSums(_ got: Values, of a: Values, _ b: Values, transposeB: Bool, scale: Double) {
        let (m, k, n) = (a.shape[0], a.shape[1], got.shape[1])
        var (sumsOfA, sumsOfB) = ([Double](repeating: 0, count: k), [Double](repeating: 0, count: k))
        for index in a.elements.indices { sumsOfA[index % k] += a.elements[index] }
        for index in b.elements.indices { sumsOfB[transposeB ? index % k : index / n] += b.elements[index] }
        for row in 0..<m {
            let want = (0..<k).reduce(0) { $0 + a.elements[row * k + $1] * sumsOfB[$1] } * scale
            compare(got.row(row).reduce(0, +), want, at: row, .exact, "sum of row")
        }
        for column in 0..<n {
            let want =
                (0..<k).reduce(0) { $0 + sumsOfA[$1] * b.elements[transposeB ? column * k + $1 : $1 * n + column] }
                * scale
            let sum = (0..<m).reduce(0) { $0 + got.elements[$1 * n + column] }
            compare(sum, want, at: column, .exact, "sum of column")
        }
    }
}
