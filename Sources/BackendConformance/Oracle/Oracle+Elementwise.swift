import BertCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension Oracle {
    static func binary(_ operation: BinaryOperation, _ a: Values, _ b: Values) -> Values {
        let output = broadcast(a.shape, b.shape)
        let (left, right) = (broadcastIndices(a.shape, in: output), broadcastIndices(b.shape, in: output))
        return Values(output) { binary(operation, a.elements[left[$0]], b.elements[right[$0]]) }
    }

    static func binary(_ operation: BinaryOperation, _ a: Double, _ b: Double) -> Double {
        switch operation {
        case .add: a + b
        case .subtract: a - b
        case .multiply: a * b
        case .divide: a / b
        case .maximum: greater(a, b)
        case .minimum: smaller(a, b)
        case .greater: a > b ? 1 : 0
        case .equal: a == b ? 1 : 0
        }
    }

    static func unary(_ operation: UnaryOperation, _ x: Double) -> Double {
        switch operation {
        case .negate: -x
        case .exp: exp(x)
        case .log: log(x)
        case .sqrt: x.squareRoot()
        case .reciprocal: 1 / x
        case .tanh: tanh(x)
        case .erf: erf(x)
        case .abs: abs(x)
        case .sigmoid: sigmoid(x)
        }
    }

    static func activation(_ activation: Activation, _ x: Double) -> Double {
        switch activation {
        // At infinity the formulas multiply by 0, but the functions have limits.
        case .gelu: x == -.infinity ? 0 : x * 0.5 * (1 + erf(x / 2.0.squareRoot()))
        case .geluTanh:
            x == -.infinity ? 0 : 0.5 * x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
        case .relu: greater(x, 0)
        case .silu: x == -.infinity ? 0 : x * sigmoid(x)
        case .quickGelu: x == -.infinity ? 0 : x * sigmoid(1.702 * x)
        case .tanh: tanh(x)
        case .sigmoid: sigmoid(x)
        }
    }

    private static func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
}
