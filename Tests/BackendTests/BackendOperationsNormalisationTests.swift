import BertCore
import Foundation
import Testing

@Suite("Normalisation")
struct BackendOperationsNormalisationTests {
    @Test(
        "layer norm is over the last axis", arguments: TestedBackend.all,
        [[1, 1], [3, 7], [16, 384], [2, 5, 33], [33, 768], [0, 4]])
    func layerNorm(tested: TestedBackend, lengths: [Int]) throws {
        let (backend, shape) = (tested.backend, Shape(lengths))
        let n = shape.lastLength
        var numbers = Numbers(seed: 10)
        let (x, residual) = (numbers.floats(shape.elementCount, scale: 2), numbers.floats(shape.elementCount))
        let (gamma, beta) = (numbers.floats(n), numbers.floats(n))
        let weights = LayerNormWeights(
            weight: try backend.constant(gamma, shape: [n]), bias: try backend.constant(beta, shape: [n]),
            epsilon: 1e-5)
        for hasResidual in [false, true] {
            let result = try backend.layerNorm(
                backend.constant(x, shape: shape),
                residual: hasResidual ? backend.constant(residual, shape: shape) : nil, weights)
            let expected = Expected(
                shape,
                rows: { row in
                    let row = (row * n..<(row + 1) * n).map { Double(x[$0]) + (hasResidual ? Double(residual[$0]) : 0) }
                    return Expected.normalised(row, gamma, beta, epsilon: 1e-5)
                })
            // One element alone is its own mean: what rounding leaves is magnified by 1/√epsilon.
            try backend.expect(
                result, equals: expected, absolute: n == 1 ? 1e-4 : 1e-5, "\(lengths), residual \(hasResidual)")
        }
    }

    @Test("layer norm refuses weights that do not fit", arguments: TestedBackend.all)
    func layerNormRefused(tested: TestedBackend) throws {
        let backend = tested.backend
        let (x, two) = (try backend.tensor([1, 2, 3], 1, 3), try backend.tensor([1, 2], 2))
        let weights = LayerNormWeights(weight: two, bias: two, epsilon: 1e-5)
        #expect(errorCode { _ = try backend.layerNorm(x, residual: nil, weights) } == .invalidShape)
    }

    @Test("rows become unit vectors, and a row of zeros stays", arguments: TestedBackend.all)
    func l2Normalize(tested: TestedBackend) throws {
        let backend = tested.backend
        let (rows, n) = (270, 129)
        var numbers = Numbers(seed: 11)
        var x = numbers.floats(rows * n, scale: 3)
        for i in 0..<n { x[5 * n + i] = 0 }
        let expected = Expected(
            [rows, n],
            rows: { row in
                let values = x[row * n..<(row + 1) * n].map(Double.init)
                let norm = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
                return values.map { $0 / max(norm, 1e-12) }
            })
        try backend.expect(backend.l2Normalize(backend.tensor(x, rows, n), epsilon: 1e-12), equals: expected)
        #expect(try backend.l2Normalize(backend.constant([], shape: [0, 4]), epsilon: 1e-12).shape == [0, 4])
    }

    struct Mask: Sendable, CustomTestStringConvertible {
        let x: [Int]
        let mask: [Int]?
        var testDescription: String { "\(x) with a mask of \(mask.map { "\($0)" } ?? "nothing")" }
    }

    @Test(
        "softmax takes any mask that broadcasts", arguments: TestedBackend.all,
        [
            Mask(x: [7], mask: nil), Mask(x: [7], mask: [7]), Mask(x: [5, 33], mask: [33]),
            Mask(x: [5, 33], mask: [5, 1]), Mask(x: [5, 33], mask: [1]), Mask(x: [2, 3, 5, 33], mask: [5, 33]),
            Mask(x: [2, 3, 5, 33], mask: [2, 1, 1, 33]), Mask(x: [2, 3, 5, 33], mask: [2, 1, 5, 33]),
            Mask(x: [2, 3, 5, 33], mask: [3, 1, 33]), Mask(x: [70, 257], mask: [70, 257]),
            Mask(x: [4, 1], mask: [4, 1]),
            Mask(x: [0, 3], mask: [3]), Mask(x: [3, 0], mask: nil), Mask(x: [300, 64], mask: nil),
        ])
    func softmax(tested: TestedBackend, sizes: Mask) throws {
        let (backend, shape) = (tested.backend, Shape(sizes.x))
        let n = shape.lastLength
        var numbers = Numbers(seed: 12)
        let x = numbers.floats(shape.elementCount, scale: 4)
        let maskShape = sizes.mask.map { Shape($0) }
        var mask = numbers.floats(maskShape?.elementCount ?? 0)
        for i in mask.indices where i % 3 == 1 { mask[i] = i % 2 == 0 ? -.infinity : -.greatestFiniteMagnitude }
        let result = try backend.softmax(
            backend.constant(x, shape: shape), mask: maskShape.map { try backend.constant(mask, shape: $0) },
            scale: 0.5)
        // The mask spread out by the backend itself, whose broadcasting has its own test.
        let full = try maskShape.map {
            try backend.floats(
                backend.binary(
                    .add, backend.constant([Float](repeating: 0, count: shape.elementCount), shape: shape),
                    backend.constant(mask, shape: $0)))
        }
        let scores = x.indices.map { i in
            // In float32, where a score drowns in the lowest finite number.
            Double(max(0.5 * x[i] + (full?[i] ?? 0), -.greatestFiniteMagnitude))
        }
        let expected = Expected(shape, rows: { row in Expected.softmax(Array(scores[row * n..<(row + 1) * n])) })
        try backend.expect(result, equals: expected, absolute: 1e-6, relative: 1e-5, sizes.testDescription)
    }

    @Test("softmax of nothing but −∞ is uniform, of huge numbers finite, of NaN NaN", arguments: TestedBackend.all)
    func softmaxSpecial(tested: TestedBackend) throws {
        let backend = tested.backend
        let x = try backend.tensor([-.infinity, -.infinity, 3e38, 3e38, 1, -.infinity, .nan, 1], 4, 2)
        try backend.expect(
            backend.softmax(x, mask: nil, scale: 1),
            equals: Expected([4, 2], [0.5, 0.5, 0.5, 0.5, 1, 0, .nan, .nan]))
        #expect(
            errorCode { _ = try backend.softmax(x, mask: backend.tensor([1, 2, 3], 3), scale: 1) } == .invalidShape)
    }
}

/// Operations on one row, in double precision.
extension Expected {
    /// A layer norm.
    static func normalised(_ row: [Double], _ gamma: [Float], _ beta: [Float], epsilon: Double) -> [Double] {
        let mean = row.reduce(0, +) / Double(row.count)
        let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(row.count)
        let deviation = (variance + epsilon).squareRoot()
        return row.indices.map { (row[$0] - mean) / deviation * Double(gamma[$0]) + Double(beta[$0]) }
    }

    /// A softmax.
    static func softmax(_ row: [Double]) -> [Double] {
        let best = row.max() ?? 0
        let exponentials = row.map { exp($0 - best) }
        let sum = exponentials.reduce(0, +)
        return exponentials.map { $0 / sum }
    }
}
