import CBertKernels
import Testing

struct BinaryCase: Sendable, CustomTestStringConvertible {
    let name: String
    let op: bert_binary_op
    let exact: @Sendable (Float, Float) -> Float

    var testDescription: String { name }

    static let all: [BinaryCase] = [
        BinaryCase(name: "add", op: BERT_BINARY_ADD) { $0 + $1 },
        BinaryCase(name: "subtract", op: BERT_BINARY_SUBTRACT) { $0 - $1 },
        BinaryCase(name: "multiply", op: BERT_BINARY_MULTIPLY) { $0 * $1 },
        BinaryCase(name: "divide", op: BERT_BINARY_DIVIDE) { $0 / $1 },
        BinaryCase(name: "maximum", op: BERT_BINARY_MAXIMUM) { $0.isNaN || $1.isNaN ? .nan : max($0, $1) },
        BinaryCase(name: "minimum", op: BERT_BINARY_MINIMUM) { $0.isNaN || $1.isNaN ? .nan : min($0, $1) },
    ]
}

@Suite("Kernels of two operands")
struct KernelBinaryTests {
    /// The repetition of an operand, as a leading dimension and a step.
    enum Shape: CaseIterable {
        case matrix, row, column, scalar

        func strides(_ stride: Int) -> (leading: Int, step: Int) {
            switch self {
            case .matrix: (stride, 1)
            case .row: (0, 1)
            case .column: (stride, 0)
            case .scalar: (0, 0)
            }
        }

        func element(_ matrix: GuardedMatrix, _ row: Int, _ column: Int) -> Float {
            switch self {
            case .matrix: matrix[row, column]
            case .row: matrix[0, column]
            case .column: matrix[row, 0]
            case .scalar: matrix[0, 0]
            }
        }
    }

    @Test("are exact for every way to broadcast", arguments: KernelSet.all, kernelSizes)
    func broadcasting(kernels: KernelSet, count: Int) {
        var numbers = KernelNumbers(seed: UInt64(count))
        let a = numbers.matrix(rows: 3, columns: count)
        let b = numbers.matrix(rows: 3, columns: count)
        for function in BinaryCase.all {
            for first in Shape.allCases {
                for second in Shape.allCases {
                    var y = GuardedMatrix(rows: 3, columns: count)
                    let (lda, stepa) = first.strides(a.stride)
                    let (ldb, stepb) = second.strides(b.stride)
                    let stride = y.stride
                    a.read { a in
                        b.read { b in
                            y.write {
                                kernels.run.binary(
                                    function.op, 3, count, a, lda, stepa, b, ldb, stepb, $0, stride)
                            }
                        }
                    }
                    let expected = (0..<3).flatMap { row in
                        (0..<count).map { function.exact(first.element(a, row, $0), second.element(b, row, $0)) }
                    }
                    #expect(y.isIntact)
                    #expect(y.values == expected, "\(function.name) \(first) \(second)")
                }
            }
        }
    }

    @Test("keep NaN, infinities and the sign of zero in every lane", arguments: KernelSet.all, BinaryCase.all)
    func specialValues(kernels: KernelSet, function: BinaryCase) {
        let values: [Float] = [.nan, .infinity, -.infinity, 0, 1, -2, .greatestFiniteMagnitude, .leastNonzeroMagnitude]
        let a = (0..<64).map { values[$0 / 8] }
        let b = (0..<64).map { values[$0 % 8] }
        for count in [64, 61] {
            var y = [Float](repeating: 0, count: count)
            kernels.run.binary(function.op, 1, count, a, 0, 1, b, 0, 1, &y, 0)
            let expected = (0..<count).map { Double(function.exact(a[$0], b[$0])) }
            expectClose(y, expected, absolute: 0, relative: 0, function.name)
        }
    }

    @Test("add a bias and a residual, in place too", arguments: KernelSet.all, kernelSizes)
    func biasAndResidual(kernels: KernelSet, count: Int) {
        var numbers = KernelNumbers(seed: UInt64(count))
        let x = numbers.matrix(rows: 3, columns: count)
        let residual = numbers.matrix(rows: 3, columns: count)
        let bias = numbers.matrix(columns: count)
        for hasBias in [true, false] {
            var y = residual
            x.read { x in
                bias.read { bias in
                    y.write { y in
                        kernels.run.bias_residual(
                            3, count, x, residual.stride, hasBias ? bias : nil, y, residual.stride, y, residual.stride)
                    }
                }
            }
            let expected = (0..<3).flatMap { row in
                (0..<count).map { x[row, $0] + (hasBias ? bias[0, $0] : 0) + residual[row, $0] }
            }
            #expect(y.isIntact)
            #expect(y.values == expected)
        }
    }
}
