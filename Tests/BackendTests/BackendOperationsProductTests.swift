import BertCore
import Testing

/// Operands of a product: with leading axes, transposes and a scale.
struct ProductCase: Sendable, CustomTestStringConvertible {
    var left: [Int] = []
    var right: [Int] = []
    let m: Int
    let n: Int
    let k: Int
    var transposeA = false
    var transposeB = false
    var scale: Float = 1

    var shapeA: Shape { Shape(left + (transposeA ? [k, m] : [m, k])) }
    var shapeB: Shape { Shape(right + (transposeB ? [n, k] : [k, n])) }
    var testDescription: String {
        "\(shapeA)\(transposeA ? "ᵀ" : "") · \(shapeB)\(transposeB ? "ᵀ" : "") · \(scale)"
    }

    static let all: [ProductCase] =
        [
            (1, 1, 1), (1, 5, 3), (3, 1, 7), (16, 33, 17), (17, 200, 19), (65, 30, 33), (70, 67, 29), (1, 300, 200),
            (0, 3, 4), (3, 0, 4), (3, 4, 0),
        ].flatMap { (m, n, k) in
            [false, true].flatMap { a in [false, true].map { b in (m, n, k, a, b) } }
        }.map { ProductCase(m: $0, n: $1, k: $2, transposeA: $3, transposeB: $4, scale: $3 ? -0.5 : 1) }
        + [
            ProductCase(left: [4], right: [4], m: 5, n: 6, k: 7, transposeB: true, scale: 0.25),
            ProductCase(left: [2, 3], right: [2, 3], m: 5, n: 6, k: 7, transposeA: true),
            ProductCase(left: [2, 1], right: [3], m: 5, n: 6, k: 7),
            ProductCase(left: [3], right: [2, 1], m: 5, n: 6, k: 7, transposeA: true, transposeB: true),
            ProductCase(left: [6], right: [], m: 5, n: 6, k: 7),
            ProductCase(left: [6], right: [1], m: 5, n: 16, k: 7, transposeB: true),
            ProductCase(left: [], right: [6], m: 5, n: 6, k: 7),
            ProductCase(left: [0], right: [], m: 5, n: 6, k: 7),
            ProductCase(left: [2, 0], right: [2, 1], m: 5, n: 6, k: 7),
            ProductCase(left: [24], right: [24], m: 17, n: 16, k: 32, transposeB: true, scale: 0.125),
            ProductCase(left: [2], right: [2], m: 128, n: 64, k: 33), ProductCase(m: 257, n: 96, k: 20),
            ProductCase(m: 37, n: 70, k: 800, transposeB: true), ProductCase(m: 40, n: 65, k: 801),
            ProductCase(m: 600, n: 70, k: 3), ProductCase(m: 2, n: 9_000, k: 5),
        ]

    /// The operand's matrix for an index of the leading axes of the result.
    private static func block(_ index: Int, of leading: [Int], in batch: Shape) -> Int {
        var (rest, result, stride) = (index, 0, 1)
        for axis in batch.indices.reversed() {
            let own = axis - (batch.count - leading.count)
            if own >= 0 {
                if leading[own] > 1 { result += rest % batch[axis] * stride }
                stride *= leading[own]
            }
            rest /= batch[axis]
        }
        return result
    }

    func expected(_ a: [Float], _ b: [Float]) throws -> Expected {
        let batch = try ShapeRules.broadcast(Shape(left), Shape(right))
        return Expected(Shape(Array(batch) + [m, n])) { index in
            let (matrix, i, j) = (index / (m * n), index / n % m, index % n)
            let (x, y) = (Self.block(matrix, of: left, in: batch), Self.block(matrix, of: right, in: batch))
            var sum = 0.0
            for l in 0..<k {
                let left = a[x * m * k + (transposeA ? l * m + i : i * k + l)]
                let right = b[y * n * k + (transposeB ? j * k + l : l * n + j)]
                sum += Double(left) * Double(right)
            }
            return sum * Double(scale)
        }
    }
}

@Suite("Matrix products")
struct BackendOperationsProductTests {
    @Test("of whole numbers are exact", arguments: ProductCase.all)
    func exact(product: ProductCase) throws {
        var numbers = Numbers(seed: 1)
        let a = numbers.wholeFloats(product.shapeA.elementCount)
        let b = numbers.wholeFloats(product.shapeB.elementCount)
        let expected = try product.expected(a, b)
        for backend in TestedBackend.all.map(\.backend) {
            let result = try backend.matmul(
                backend.constant(a, shape: product.shapeA), backend.constant(b, shape: product.shapeB),
                transposeA: product.transposeA, transposeB: product.transposeB, scale: product.scale)
            try backend.expect(result, equals: expected, absolute: 0, relative: 0, product.testDescription)
        }
    }

    @Test("of fractions are close", arguments: TestedBackend.all)
    func close(tested: TestedBackend) throws {
        let backend = tested.backend
        var numbers = Numbers(seed: 2)
        let product = ProductCase(m: 9, n: 65, k: 384, transposeB: true, scale: 0.7)
        let a = numbers.floats(product.shapeA.elementCount)
        let b = numbers.floats(product.shapeB.elementCount)
        let result = try backend.matmul(
            backend.constant(a, shape: product.shapeA), backend.constant(b, shape: product.shapeB),
            transposeA: false, transposeB: true, scale: 0.7)
        try backend.expect(result, equals: product.expected(a, b))
    }

    @Test("that meet a NaN or an infinity give it on", arguments: TestedBackend.all)
    func specialNumbers(tested: TestedBackend) throws {
        let backend = tested.backend
        let a = try backend.tensor([1, .nan, 1, 1, .infinity, 1, 1, 1, 1], 3, 3)
        let b = try backend.tensor([0, 1, 1, 1, 1, 1], 3, 2)
        let result = try backend.matmul(a, b, transposeA: false, transposeB: false, scale: 1)
        try backend.expect(
            result, equals: Expected([3, 2], [.nan, .nan, .infinity, .infinity, 2, 3]), absolute: 0, relative: 0)
    }

    @Test("whose operands do not fit are refused", arguments: TestedBackend.all)
    func refused(tested: TestedBackend) throws {
        let backend = tested.backend
        let x = try backend.tensor([1, 2, 3, 4, 5, 6], 2, 3)
        let vector = try backend.tensor([1, 2, 3], 3)
        #expect(
            errorCode { _ = try backend.matmul(x, x, transposeA: false, transposeB: false, scale: 1) } == .invalidShape)
        #expect(
            errorCode { _ = try backend.matmul(x, vector, transposeA: false, transposeB: false, scale: 1) }
                == .invalidShape)
        let integers = try backend.indices([1, 2, 3, 4]).reshaped(to: [2, 2])
        #expect(
            errorCode { _ = try backend.matmul(integers, integers, transposeA: false, transposeB: false, scale: 1) }
                == .unsupported)
    }

    @Test("give the same bits from many threads at once", arguments: TestedBackend.all)
    func concurrent(tested: TestedBackend) async throws {
        let backend = tested.backend
        var numbers = Numbers(seed: 3)
        let weights = try backend.prepareLinear(
            weight: backend.constant(numbers.floats(96 * 80), shape: [96, 80]),
            bias: backend.constant(numbers.floats(96), shape: [96]))
        let inputs = try [1, 7, 70].map { try backend.constant(numbers.floats($0 * 80), shape: [$0, 80]) }
        let once = try inputs.map {
            try backend.floats(backend.linear($0, weights, activation: .gelu, residual: nil))
        }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    try (0..<6).allSatisfy { round in
                        let result = try backend.linear(
                            inputs[round % inputs.count], weights, activation: .gelu, residual: nil)
                        return try backend.floats(result) == once[round % inputs.count]
                    }
                }
            }
            for try await same in group { #expect(same) }
        }
    }
}
