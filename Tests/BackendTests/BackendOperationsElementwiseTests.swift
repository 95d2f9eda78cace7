import BertCore
import Foundation
import Testing

extension BinaryOperation {
    /// In double precision.
    func value(_ a: Double, _ b: Double) -> Double {
        switch self {
        case .add: a + b
        case .subtract: a - b
        case .multiply: a * b
        case .divide: a / b
        case .maximum: a.isNaN || b.isNaN ? .nan : max(a, b)
        case .minimum: a.isNaN || b.isNaN ? .nan : min(a, b)
        case .greater: a > b ? 1 : 0
        case .equal: a == b ? 1 : 0
        }
    }
}

extension UnaryOperation {
    /// In double precision.
    func value(_ x: Double) -> Double {
        switch self {
        case .negate: -x
        case .exp: Foundation.exp(x)
        case .log: Foundation.log(x)
        case .sqrt: x.squareRoot()
        case .reciprocal: 1 / x
        case .tanh: Foundation.tanh(x)
        case .erf: Foundation.erf(x)
        case .abs: x.magnitude
        case .sigmoid: 1 / (1 + Foundation.exp(-x))
        }
    }
}

/// Two shapes that broadcast.
struct BroadcastCase: Sendable, CustomTestStringConvertible {
    let a: [Int]
    let b: [Int]
    var testDescription: String { "\(a) and \(b)" }

    static let all: [BroadcastCase] = [
        ([], []), ([1], []), ([7], [7]), ([7], [1]), ([1], [7]), ([5, 33], [33]), ([5, 33], [5, 1]), ([5, 1], [33]),
        ([33], [5, 33]), ([2, 5, 33], [5, 33]), ([2, 5, 33], [2, 1, 33]), ([2, 5, 33], [2, 5, 1]),
        ([2, 5, 33], [1, 5, 1]),
        ([4, 1, 3, 1, 5], [2, 1, 6, 1]), ([0, 3], [3]), ([3, 0], [3, 1]), ([130, 257], [257]), ([130, 257], [130, 1]),
        ([40_001], [40_001]), ([40_001], [1]), ([3, 1, 1], [1, 4, 1]), ([64, 3], [64, 1]),
    ].map { BroadcastCase(a: $0, b: $1) }
}

@Suite("Elementwise operations")
struct BackendOperationsElementwiseTests {
    static let special: [Float] = [
        0, -0, 1, -1, .infinity, -.infinity, .nan, .greatestFiniteMagnitude, -.greatestFiniteMagnitude,
        .leastNonzeroMagnitude, 3.5,
    ]

    @Test("on two operands broadcast as in NumPy", arguments: BroadcastCase.all)
    func broadcast(broadcast: BroadcastCase) throws {
        let (shapeA, shapeB) = (Shape(broadcast.a), Shape(broadcast.b))
        var numbers = Numbers(seed: 5)
        let (a, b) = (numbers.wholeFloats(shapeA.elementCount), numbers.wholeFloats(shapeB.elementCount))
        let shape = try ShapeRules.broadcast(shapeA, shapeB)
        let pairs = (0..<shape.elementCount).map { index in
            (
                Double(a[Self.offset(index, of: shapeA, in: shape)]),
                Double(b[Self.offset(index, of: shapeB, in: shape)])
            )
        }
        for operation in BinaryOperation.allCases {
            let expected = Expected(shape) { operation.value(pairs[$0].0, pairs[$0].1) }
            for backend in TestedBackend.all.map(\.backend) where !(backend is PrimitivesOnly) {
                try backend.expect(
                    backend.binary(
                        operation, backend.constant(a, shape: shapeA), backend.constant(b, shape: shapeB)),
                    equals: expected, absolute: 0, relative: operation == .divide ? 1e-6 : 0,
                    "\(operation) of \(broadcast.testDescription)")
            }
        }
    }

    private static func offset(_ index: Int, of shape: Shape, in target: Shape) -> Int {
        var (rest, result, stride) = (index, 0, 1)
        for axis in target.indices.reversed() {
            let own = axis - (target.count - shape.count)
            if own >= 0 {
                if shape[own] > 1 { result += rest % target[axis] * stride }
                stride *= shape[own]
            }
            rest /= target[axis]
        }
        return result
    }

    @Test(
        "on two operands treat NaN and infinity as IEEE 754 does", arguments: TestedBackend.all,
        BinaryOperation.allCases)
    func specialPairs(tested: TestedBackend, operation: BinaryOperation) throws {
        let (backend, special) = (tested.backend, Self.special)
        let count = special.count
        let result = try backend.binary(
            operation, backend.tensor(special, count, 1), backend.tensor(special, 1, count))
        // Overflows where float32 does.
        let expected = Expected([count, count]) { index in
            Double(Float(operation.value(Double(special[index / count]), Double(special[index % count]))))
        }
        try backend.expect(result, equals: expected, absolute: 1e-37, relative: 1e-6, "\(operation)")
    }

    @Test("on one operand are close", arguments: TestedBackend.all, UnaryOperation.allCases)
    func unary(tested: TestedBackend, operation: UnaryOperation) throws {
        let backend = tested.backend
        var numbers = Numbers(seed: 6)
        let values =
            numbers.floats(5_001, scale: 3) + numbers.floats(200, scale: 80) + numbers.floats(200, scale: 1e-3)
            + [0, -0, 1, -1, 0.5, 88, -87]
        let isForPositive = operation == .log || operation == .sqrt
        let x = isForPositive ? values.map(\.magnitude) : values
        try backend.expect(
            backend.unary(operation, backend.tensor(x, x.count)),
            equals: Expected([x.count]) { operation.value(Double(x[$0])) }, absolute: 1e-6, relative: 2e-6,
            "\(operation)")
    }

    @Test("give NaN for NaN and the limit at infinity", arguments: TestedBackend.all, UnaryOperation.allCases)
    func unarySpecial(tested: TestedBackend, operation: UnaryOperation) throws {
        let backend = tested.backend
        let x: [Float] = [.nan, .infinity, -.infinity, -1_000, 1_000]
        try backend.expect(
            backend.unary(operation, backend.tensor(x, x.count)),
            equals: Expected([x.count]) { Double(Float(operation.value(Double(x[$0])))) }, absolute: 1e-37,
            relative: 2e-6, "\(operation)")
    }

    @Test("that are activations are close", arguments: TestedBackend.all, Activation.allCases)
    func activation(tested: TestedBackend, activation: Activation) throws {
        let backend = tested.backend
        var numbers = Numbers(seed: 7)
        let x =
            numbers.floats(9_003, scale: 5) + numbers.floats(100, scale: 100) + numbers.floats(100, scale: 1e-4)
            + [0, -0, .nan, .infinity]
        try backend.expect(
            backend.activation(activation, backend.tensor(x, x.count)),
            equals: Expected([x.count]) { activation.value(Double(x[$0])) }, absolute: 1e-6, relative: 2e-6,
            "\(activation)")
    }

    @Test("of shapes and types that do not fit are refused", arguments: TestedBackend.all)
    func refused(tested: TestedBackend) throws {
        let backend = tested.backend
        let (two, three) = (try backend.tensor([1, 2], 2), try backend.tensor([1, 2, 3], 3))
        #expect(errorCode { _ = try backend.binary(.add, two, three) } == .invalidShape)
        #expect(errorCode { _ = try backend.unary(.exp, backend.indices([1])) } == .unsupported)
        let elsewhere = Tensor(shape: [2], elementType: .float32, storage: Elsewhere())
        #expect(errorCode { _ = try backend.binary(.add, two, elsewhere) } == .foreignTensor)
        #expect(errorCode { _ = try backend.activation(.gelu, elsewhere) } == .foreignTensor)
    }

    private final class Elsewhere: TensorStorage { var storageKind: String { "a test's imagination" } }
}
