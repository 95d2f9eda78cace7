import BertCore
import TestSupport
import Testing

@Suite("oneDNN: matrix products")
struct DNNLMatmulTests {
    /// The batch axes and sizes of a product.
    struct Case: Sendable, CustomTestStringConvertible {
        let left: [Int], right: [Int], batch: [Int]
        let m: Int, k: Int, n: Int
        init(_ left: [Int], _ right: [Int], _ batch: [Int], _ m: Int, _ k: Int, _ n: Int) {
            (self.left, self.right, self.batch, self.m, self.k, self.n) = (left, right, batch, m, k, n)
        }
        var testDescription: String { "\(left)x\(right) of [\(m),\(k)]x[\(k),\(n)]" }
    }

    static let cases = [
        Case([], [], [], 1, 1, 1), Case([], [], [], 3, 5, 7), Case([], [], [], 130, 48, 65),
        Case([], [], [], 1, 384, 2), Case([], [], [], 300, 96, 200), Case([12], [12], [12], 16, 32, 16),
        Case([2, 3], [2, 3], [2, 3], 5, 4, 6), Case([2, 1], [3], [2, 3], 4, 3, 2), Case([], [4], [4], 3, 8, 5),
        Case([7], [], [7], 33, 16, 9), Case([4], [1], [4], 2, 1, 1), Case([1, 2, 1], [3, 1, 2], [3, 2, 2], 2, 3, 4),
    ]

    @Test("equal plain loops exactly on exact numbers", arguments: cases, [false, true])
    func exact(_ sizes: Case, transposed: Bool) throws {
        for (transposeA, transposeB) in [(false, transposed), (true, !transposed)] {
            try check(sizes, transposeA: transposeA, transposeB: transposeB)
        }
    }

    private func check(_ sizes: Case, transposeA: Bool, transposeB: Bool) throws {
        let (m, k, n) = (sizes.m, sizes.k, sizes.n)
        let a = exactNumbers(sizes.left.reduce(m * k, *), seed: 1)
        let b = exactNumbers(sizes.right.reduce(k * n, *), seed: 2)
        try withOneDNN { backend in
            let got = try backend.matmul(
                backend.constant(a, shape: Shape(sizes.left + (transposeA ? [k, m] : [m, k]))),
                backend.constant(b, shape: Shape(sizes.right + (transposeB ? [n, k] : [k, n]))),
                transposeA: transposeA, transposeB: transposeB, scale: 0.5)
            #expect(got.shape == Shape(sizes.batch + [m, n]))
            var want: [Double] = []
            for item in 0..<sizes.batch.reduce(1, *) {
                let left = offset(item, sizes.left, sizes.batch) * m * k
                let right = offset(item, sizes.right, sizes.batch) * k * n
                for i in 0..<m {
                    for j in 0..<n {
                        var sum = 0.0
                        for l in 0..<k {
                            sum +=
                                Double(a[left + (transposeA ? l * m + i : i * k + l)])
                                * Double(b[right + (transposeB ? j * k + l : l * n + j)])
                        }
                        want.append(sum / 2)
                    }
                }
            }
            try expectClose(backend.floats(got), want, absolute: 0, relative: 0, "the product")
        }
    }

    /// Returns the offset of an operand's matrix for an item of the batch.
    private func offset(_ item: Int, _ operand: [Int], _ batch: [Int]) -> Int {
        var (rest, result, stride) = (item, 0, 1)
        for axis in (0..<batch.count).reversed() {
            let index = rest % batch[axis]
            rest /= batch[axis]
            let own = axis - (batch.count - operand.count)
            guard own >= 0 else { continue }
            result += (operand[own] == 1 ? 0 : index) * stride
            stride *= operand[own]
        }
        return result
    }

    @Test(
        "of nothing are empty, or zeros",
        arguments: [
            ([0, 3], [3, 2]), ([2, 3], [3, 0]), ([2, 0], [0, 3]), ([0, 2, 3], [3, 4]), ([2, 0, 3], [3, 0]),
        ])
    func empty(a: [Int], b: [Int]) throws {
        try withOneDNN { backend in
            let (x, y) = (Shape(a), Shape(b))
            let product = try backend.matmul(
                backend.constant([Float](repeating: 1, count: x.elementCount), shape: x),
                backend.constant([Float](repeating: 1, count: y.elementCount), shape: y),
                transposeA: false, transposeB: false, scale: 1)
            #expect(try backend.floats(product).allSatisfy { $0 == 0 })
        }
    }

    @Test("of shapes that do not fit name them")
    func misfit() throws {
        try withOneDNN { backend in
            let a = try backend.constant([1, 2, 3, 4, 5, 6], shape: [2, 3])
            expectError(.invalidShape) { try backend.matmul(a, a, transposeA: false, transposeB: false, scale: 1) }
        }
    }

    @Test("of integers are refused")
    func integers() throws {
        try withOneDNN { backend in
            let a = try backend.indices([1, 2]).reshaped(to: [1, 2])
            let error = #expect(throws: BertError.self) {
                try backend.matmul(a, a, transposeA: false, transposeB: true, scale: 1)
            }
            #expect(error?.code == .unsupported)
        }
    }
}
