import CBertKernels
import Foundation
import Testing

/// A unary function, its definition in double precision, and the tolerance of a kernel.
struct UnaryCase: Sendable, CustomTestStringConvertible {
    let name: String
    let op: bert_unary_op
    var absolute = 0.0
    var relative = 0.0
    let exact: @Sendable (Double) -> Double

    var testDescription: String { name }

    private static func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
    /// Returns x · factor, or the limit 0 if the factor is 0.
    private static func gate(_ x: Double, _ factor: Double) -> Double { factor == 0 ? 0 : x * factor }

    static let all: [UnaryCase] = [
        UnaryCase(name: "identity", op: BERT_UNARY_IDENTITY) { $0 },
        UnaryCase(name: "negate", op: BERT_UNARY_NEGATE) { -$0 },
        UnaryCase(name: "abs", op: BERT_UNARY_ABS) { abs($0) },
        UnaryCase(name: "square", op: BERT_UNARY_SQUARE, absolute: 1e-45, relative: 6e-8) { $0 * $0 },
        UnaryCase(name: "sqrt", op: BERT_UNARY_SQRT, relative: 6e-8) { $0.squareRoot() },
        UnaryCase(name: "reciprocal", op: BERT_UNARY_RECIPROCAL, absolute: 1e-45, relative: 6e-8) { 1 / $0 },
        UnaryCase(name: "exp", op: BERT_UNARY_EXP, absolute: 1.5e-45, relative: 1.2e-7) { exp($0) },
        UnaryCase(name: "log", op: BERT_UNARY_LOG, relative: 1.5e-7) { log($0) },
        UnaryCase(name: "tanh", op: BERT_UNARY_TANH, absolute: 1.5e-45, relative: 2e-7) { tanh($0) },
        UnaryCase(name: "erf", op: BERT_UNARY_ERF, absolute: 1.5e-45, relative: 2e-7) { erf($0) },
        UnaryCase(name: "sigmoid", op: BERT_UNARY_SIGMOID, absolute: 2e-38, relative: 3e-7) { sigmoid($0) },
        UnaryCase(name: "relu", op: BERT_UNARY_RELU) { $0 < 0 ? 0 : $0 },
        UnaryCase(name: "gelu", op: BERT_UNARY_GELU, absolute: 4e-7, relative: 2e-7) {
            gate($0, 0.5 * (1 + erf($0 / 2.squareRoot())))
        },
        UnaryCase(name: "gelu tanh", op: BERT_UNARY_GELU_TANH, absolute: 2e-7, relative: 4e-7) {
            gate($0, sigmoid(2 * (2 / Double.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0)))
        },
        UnaryCase(name: "silu", op: BERT_UNARY_SILU, absolute: 1e-36, relative: 4e-7) { gate($0, sigmoid($0)) },
        UnaryCase(name: "quick gelu", op: BERT_UNARY_QUICK_GELU, absolute: 2e-7, relative: 4e-7) {
            gate($0, sigmoid(1.702 * $0))
        },
    ]

    func expected(_ x: [Float]) -> [Double] {
        // A result that exceeds the maximum float is infinity.
        x.map { value in
            let exact = exact(Double(value))
            return Float(exact).isInfinite ? Double(Float(exact)) : exact
        }
    }
}

@Suite("Kernels of one operand")
struct KernelUnaryTests {
    /// Arguments of all magnitudes and both signs, which are dense where the functions are curved.
    static let arguments: [Float] = {
        var numbers = KernelNumbers(seed: 7)
        var values: [Float] = (-4000...4000).map { Float($0) / 400 }
        values += (0..<20000).map { _ in numbers.uniform(-12, 12) }
        values += (0..<4000).map { _ in numbers.uniform(-110, 95) }
        for exponent in -149...127 {
            for _ in 0..<8 {
                let value = Float(sign: .plus, exponent: exponent, significand: numbers.uniform(1, 2))
                values += [value, -value]
            }
        }
        return values
    }()

    static let special: [Float] = [
        .nan, .infinity, -.infinity, 0, -0.0, .greatestFiniteMagnitude, -.greatestFiniteMagnitude,
        .leastNormalMagnitude, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, 1, -1, 88.72283, 88.72284, -103.97,
        -103.98, -87.33654, -87.33655,
    ]

    @Test("come close to the exact value over the whole range", arguments: UnaryCase.all)
    func accuracy(function: UnaryCase) {
        let x = Self.arguments + Self.special
        let expected = function.expected(x)
        for kernels in KernelSet.all {
            var y = [Float](repeating: 0, count: x.count)
            kernels.run.unary(function.op, x.count, x, &y)
            expectClose(
                y, expected, absolute: function.absolute, relative: function.relative,
                "\(function.name) on \(kernels.name)")
        }
    }

    @Test("keep the special values in every lane", arguments: KernelSet.all, UnaryCase.all)
    func specialValues(kernels: KernelSet, function: UnaryCase) {
        for value in Self.special {
            for position in 0..<33 {
                var x = [Float](repeating: 0.5, count: 33)
                x[position] = value
                var y = x
                kernels.run.unary(function.op, x.count, x, &y)
                expectClose(
                    y, function.expected(x), absolute: function.absolute, relative: function.relative,
                    "\(function.name) of \(value) at \(position)")
            }
        }
    }

    @Test("write [n] and nothing else", arguments: KernelSet.all, kernelSizes)
    func bounds(kernels: KernelSet, count: Int) {
        var numbers = KernelNumbers(seed: UInt64(count))
        let x = numbers.matrix(columns: count)
        for function in UnaryCase.all {
            var y = GuardedMatrix(columns: count)
            x.read { x in y.write { kernels.run.unary(function.op, count, x, $0) } }
            #expect(y.isIntact)
            expectClose(
                y.values, function.expected(x.values), absolute: function.absolute, relative: function.relative,
                function.name)
        }
    }

    @Test("with a bias, in rows and in place", arguments: KernelSet.all, kernelSizes)
    func withBias(kernels: KernelSet, count: Int) {
        var numbers = KernelNumbers(seed: UInt64(count))
        let x = numbers.matrix(rows: 3, columns: count)
        let bias = numbers.matrix(columns: count)
        for function in UnaryCase.all {
            for hasBias in [true, false] {
                let sums = x.values.enumerated().map { $1 + (hasBias ? bias[0, $0 % count] : 0) }
                var y = x
                bias.read { bias in
                    y.write {
                        kernels.run.bias_unary(
                            function.op, 3, count, $0, x.stride, hasBias ? bias : nil, $0, x.stride)
                    }
                }
                #expect(y.isIntact)
                expectClose(
                    y.values, function.expected(sums), absolute: function.absolute, relative: function.relative,
                    function.name)
            }
        }
    }
}
