public import BertCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension ReferenceBackend {
    public func binary(_ operation: BinaryOperation, _ a: Tensor, _ b: Tensor) throws -> Tensor {
        let shape = try ShapeRules.broadcast(a.shape, b.shape)
        let (x, y) = (try view(a).floats, try view(b).floats)
        let row = shape.lastLength
        // Within a row, an operand either advances by one element or repeats the same one.
        let stepX = a.shape.lastLength == row ? 1 : 0
        let stepY = b.shape.lastLength == row ? 1 : 0
        let offsetsX = BroadcastOffsets(of: a.shape, in: shape)
        let offsetsY = BroadcastOffsets(of: b.shape, in: shape)
        return try memory.floats(shape) { out in
            guard row > 0 else { return }
            workers.forEachRange(shape.elementCount / row, grain: max(1, 16_384 / row)) { rows in
                for index in rows {
                    let start = index * row
                    operation.apply(
                        x + offsetsX[start], stepX, y + offsetsY[start], stepY, count: row, into: out + start)
                }
            }
        }
    }

    public func unary(_ operation: UnaryOperation, _ a: Tensor) throws -> Tensor {
        let function = operation.function
        return try map(a) { source, count, out in for i in 0..<count { out[i] = function(source[i]) } }
    }

    public func activation(_ activation: Activation, _ x: Tensor) throws -> Tensor {
        try map(x) { source, count, out in activation.apply(source, count: count, into: out) }
    }

    private func map(
        _ a: Tensor, _ body: (UnsafePointer<Float>, Int, UnsafeMutablePointer<Float>) -> Void
    ) throws -> Tensor {
        let source = try view(a).floats
        return try memory.floats(a.shape) { out in
            workers.forEachRange(a.shape.elementCount, grain: 8_192) { range in
                body(source + range.lowerBound, range.count, out + range.lowerBound)
            }
        }
    }
}

extension BinaryOperation {
    /// Computes one row. A step of 0 repeats the first element of an operand.
    fileprivate func apply(
        _ x: UnsafePointer<Float>, _ stepX: Int, _ y: UnsafePointer<Float>, _ stepY: Int, count: Int,
        into out: UnsafeMutablePointer<Float>
    ) {
        switch self {
        case .add: for i in 0..<count { out[i] = x[i * stepX] + y[i * stepY] }
        case .subtract: for i in 0..<count { out[i] = x[i * stepX] - y[i * stepY] }
        case .multiply: for i in 0..<count { out[i] = x[i * stepX] * y[i * stepY] }
        case .divide: for i in 0..<count { out[i] = x[i * stepX] / y[i * stepY] }
        case .maximum: for i in 0..<count { out[i] = larger(x[i * stepX], y[i * stepY]) }
        case .minimum: for i in 0..<count { out[i] = -larger(-x[i * stepX], -y[i * stepY]) }
        case .greater: for i in 0..<count { out[i] = x[i * stepX] > y[i * stepY] ? 1 : 0 }
        case .equal: for i in 0..<count { out[i] = x[i * stepX] == y[i * stepY] ? 1 : 0 }
        }
    }
}

/// Returns the greater number, or NaN if either is NaN.
func larger(_ a: Float, _ b: Float) -> Float { a > b || a.isNaN ? a : b }

/// Returns 1 / (1 + e⁻ˣ), without overflow.
private func logistic(_ x: Float) -> Float {
    if x >= 0 { return 1 / (1 + expf(-x)) }
    let e = expf(x)
    return e / (1 + e)
}

extension UnaryOperation {
    fileprivate var function: (Float) -> Float {
        switch self {
        case .negate: { -$0 }
        case .exp: { expf($0) }
        case .log: { logf($0) }
        case .sqrt: { $0.squareRoot() }
        case .reciprocal: { 1 / $0 }
        case .tanh: { tanhf($0) }
        case .erf: { erff($0) }
        case .abs: { $0.magnitude }
        case .sigmoid: { logistic($0) }
        }
    }
}

extension Activation {
    /// Applies the activation elementwise. `out` may be `x`.
    func apply(_ x: UnsafePointer<Float>, count: Int, into out: UnsafeMutablePointer<Float>) {
        switch self {
        case .gelu:
            let factor = Float(0.5).squareRoot()
            for i in 0..<count { out[i] = 0.5 * x[i] * (1 + erff(x[i] * factor)) }
        case .geluTanh:
            let factor = (2 / Float.pi).squareRoot()
            for i in 0..<count {
                let v = x[i]
                out[i] = 0.5 * v * (1 + tanhf(factor * (v + 0.044715 * v * v * v)))
            }
        case .relu: for i in 0..<count { out[i] = larger(x[i], 0) }
        case .silu: for i in 0..<count { out[i] = x[i] * logistic(x[i]) }
        case .quickGelu: for i in 0..<count { out[i] = x[i] * logistic(1.702 * x[i]) }
        case .tanh: for i in 0..<count { out[i] = tanhf(x[i]) }
        case .sigmoid: for i in 0..<count { out[i] = logistic(x[i]) }
        }
    }
}
