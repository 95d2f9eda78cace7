import BertCore
import Foundation
import Testing

/// What follows the product of a linear layer.
struct LinearCase: Sendable, CustomTestStringConvertible {
    let rows: Int
    let hasBias: Bool
    let activation: Activation?
    let hasResidual: Bool
    var testDescription: String {
        "\(rows) rows, bias \(hasBias), activation \(activation?.rawValue ?? "none"), residual \(hasResidual)"
    }

    static let all: [LinearCase] = [1, 16, 70].flatMap { rows in
        [false, true].flatMap { bias in
            [nil, Activation.gelu, .tanh].flatMap { activation in
                [false, true].map {
                    LinearCase(rows: rows, hasBias: bias, activation: activation, hasResidual: $0)
                }
            }
        }
    }
}

extension Activation {
    /// In double precision.
    func value(_ x: Double) -> Double {
        switch self {
        case .relu: x.isNaN ? x : max(x, 0)
        case .tanh: Foundation.tanh(x)
        case .sigmoid: 1 / (1 + exp(-x))
        case .silu: x / (1 + exp(-x))
        case .quickGelu: x / (1 + exp(-1.702 * x))
        case .gelu: 0.5 * x * erfc(-x / 2.0.squareRoot())
        case .geluTanh: 0.5 * x * (1 + Foundation.tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
        }
    }
}

@Suite("Linear layers")
struct BackendOperationsLinearTests {
    @Test("bias, activation and residual follow the product", arguments: LinearCase.all)
    func finished(linear: LinearCase) throws {
        let (m, n, k) = (linear.rows, 101, 35)
        var numbers = Numbers(seed: 4)
        let (x, w) = (numbers.floats(m * k), numbers.floats(n * k))
        let (bias, residual) = (numbers.floats(n), numbers.floats(m * n))
        let expected = Expected([m, n]) { index in
            let (i, j) = (index / n, index % n)
            var sum = linear.hasBias ? Double(bias[j]) : 0
            for l in 0..<k { sum += Double(x[i * k + l]) * Double(w[j * k + l]) }
            sum = linear.activation?.value(sum) ?? sum
            return linear.hasResidual ? sum + Double(residual[index]) : sum
        }
        for backend in TestedBackend.all.map(\.backend) {
            let weights = try backend.prepareLinear(
                weight: backend.constant(w, shape: [n, k]),
                bias: linear.hasBias ? backend.constant(bias, shape: [n]) : nil)
            #expect(weights.inputSize == k && weights.outputSize == n && weights.backend == backend.info.name)
            let result = try backend.linear(
                backend.constant(x, shape: [m, k]), weights, activation: linear.activation,
                residual: linear.hasResidual ? backend.constant(residual, shape: [m, n]) : nil)
            try backend.expect(result, equals: expected, linear.testDescription)
        }
    }

    @Test("take any number of leading axes", arguments: TestedBackend.all)
    func leadingAxes(tested: TestedBackend) throws {
        let backend = tested.backend
        let weights = try backend.prepareLinear(
            weight: backend.tensor([1, 2, 3, 4, 5, 6], 2, 3), bias: backend.tensor([10, 20], 2))
        let vector = try backend.linear(backend.tensor([1, 0, -1], 3), weights, activation: nil, residual: nil)
        try backend.expect(vector, equals: Expected([2], [8, 18]), absolute: 0)
        let cube = try backend.linear(
            backend.constant([Float](repeating: 1, count: 12), shape: [2, 2, 3]), weights, activation: nil,
            residual: nil)
        try backend.expect(cube, equals: Expected([2, 2, 2], [16, 35, 16, 35, 16, 35, 16, 35]), absolute: 0)
        let nothing = try backend.linear(
            backend.constant([], shape: [4, 0, 3]), weights, activation: .gelu, residual: nil)
        #expect(nothing.shape == [4, 0, 2])
    }

    @Test("may have the outputs of a vocabulary", arguments: TestedBackend.all)
    func vocabulary(tested: TestedBackend) throws {
        let backend = tested.backend
        let (m, n, k) = (3, 9_001, 5)
        var numbers = Numbers(seed: 17)
        let (x, w, bias) = (numbers.wholeFloats(m * k), numbers.wholeFloats(n * k), numbers.wholeFloats(n))
        let weights = try backend.prepareLinear(
            weight: backend.constant(w, shape: [n, k]), bias: backend.constant(bias, shape: [n]))
        let result = try backend.linear(
            backend.constant(x, shape: [m, k]), weights, activation: nil, residual: nil)
        let expected = Expected([m, n]) { index in
            let (i, j) = (index / n, index % n)
            var sum = bias[j]
            for l in 0..<k { sum += x[i * k + l] * w[j * k + l] }
            return Double(sum)
        }
        try backend.expect(result, equals: expected, absolute: 0, relative: 0)
    }

    @Test("that do not fit, or were prepared elsewhere, are refused", arguments: TestedBackend.all)
    func refused(tested: TestedBackend) throws {
        let backend = tested.backend
        let weight = try backend.tensor([1, 2, 3, 4, 5, 6], 2, 3)
        #expect(errorCode { _ = try backend.prepareLinear(weight: weight, bias: weight) } == .invalidShape)
        let weights = try backend.prepareLinear(weight: weight, bias: nil)
        let x = try backend.tensor([1, 2, 3], 1, 3)
        #expect(errorCode { _ = try backend.linear(weight, weights, activation: nil, residual: x) } == .invalidShape)
        let four = try backend.tensor([1, 2, 3, 4], 1, 4)
        #expect(errorCode { _ = try backend.linear(four, weights, activation: nil, residual: nil) } == .invalidShape)
        let foreign = PreparedLinear(
            backend: "elsewhere", inputSize: 3, outputSize: 2, payload: weights.payload)
        #expect(errorCode { _ = try backend.linear(x, foreign, activation: nil, residual: nil) } == .foreignTensor)
    }
}
