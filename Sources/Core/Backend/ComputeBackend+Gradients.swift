/// The default implementations of gradients, in terms of primitives.
extension ComputeBackend {
    // MARK: Linear layers

    public func linearInputGradient(_ gradient: Tensor, weight: Tensor) throws -> Tensor {
        try linearInputGradientOfMatmul(gradient, weight: weight)
    }

    public func linearWeightGradient(_ x: Tensor, gradient: Tensor, hasBias: Bool) throws -> LinearGradient {
        try linearWeightGradientOfMatmul(x, gradient: gradient, hasBias: hasBias)
    }

    /// The default of ``linearInputGradient(_:weight:)``, for backends that override it for some precisions.
    package func linearInputGradientOfMatmul(_ gradient: Tensor, weight: Tensor) throws -> Tensor {
        let output = try ShapeRules.linearInputGradient(gradient, weight: weight)
        let rows = try roundedForProduct(gradient).reshaped(to: [gradient.shape.rowCount, weight.shape[0]])
        return try matmul(rows, roundedForProduct(weight), transposeA: false, transposeB: false, scale: 1)
            .reshaped(to: output)
    }

    /// The default of ``linearWeightGradient(_:gradient:hasBias:)``.
    package func linearWeightGradientOfMatmul(
        _ x: Tensor, gradient: Tensor, hasBias: Bool
    ) throws -> LinearGradient {
        let sizes = try ShapeRules.linearWeightGradient(x, gradient: gradient)
        let inputs = try x.reshaped(to: [sizes.rows, sizes.inputSize])
        let outputs = try gradient.reshaped(to: [sizes.rows, sizes.outputSize])
        return LinearGradient(
            weight: try matmul(
                roundedForProduct(outputs), roundedForProduct(inputs), transposeA: true, transposeB: false, scale: 1),
            bias: hasBias ? try sumOfRows(outputs) : nil)
    }

    /// Returns the operand of a product in a linear layer: rounded to bfloat16 in that precision, unchanged otherwise.
    private func roundedForProduct(_ x: Tensor) throws -> Tensor {
        guard info.precision == .bfloat16 else { return x }
        guard x.elementType == .float32 else {
            throw BertError(.unsupported, "\(info.name) supports float32, not \(x.elementType)")
        }
        return try cast(cast(x, to: .bfloat16), to: .float32)
    }

    /// Returns the sum of all rows: `[rows, n]` → `[n]`.
    private func sumOfRows(_ x: Tensor) throws -> Tensor {
        try reduce(.sum, x, axis: 0).reshaped(to: [x.shape[1]])
    }

    // MARK: Rows

    public func activationGradient(_ activation: LinearActivation, input: Tensor, gradient: Tensor) throws -> Tensor {
        try ShapeRules.activationGradient(activation, input: input, gradient: gradient)
        switch activation {
        case .elementwise(let function):
            return try binary(.multiply, gradient, slope(function, input))
        case .gated(let function):
            let (axis, n) = (input.shape.count - 1, gradient.shape.lastLength)
            let gate = try slice(input, axis: axis, range: 0..<n)
            let value = try slice(input, axis: axis, range: n..<2 * n)
            return try concatenate(
                [
                    binary(.multiply, binary(.multiply, gradient, value), slope(function, gate)),
                    binary(.multiply, gradient, self.activation(function, gate)),
                ], axis: axis)
        }
    }

    /// Returns the derivative act′(z).
    private func slope(_ activation: Activation, _ z: Tensor) throws -> Tensor {
        func plusOne(_ x: Tensor) throws -> Tensor { try binary(.add, x, constant(1)) }
        func oneMinus(_ x: Tensor) throws -> Tensor { try binary(.subtract, constant(1), x) }
        func scaled(_ x: Tensor, _ factor: Float) throws -> Tensor { try binary(.multiply, x, constant(factor)) }
        /// Returns σ(u)(1 + u(1 − σ(u))) with u = factor · z, the derivative of z σ(u).
        func ofGated(_ factor: Float) throws -> Tensor {
            let u = factor == 1 ? z : try scaled(z, factor)
            let sigmoid = try unary(.sigmoid, u)
            return try binary(.multiply, sigmoid, plusOne(binary(.multiply, u, oneMinus(sigmoid))))
        }
        switch activation {
        case .relu: return try binary(.greater, z, constant(0))
        case .tanh:
            let y = try unary(.tanh, z)
            return try oneMinus(binary(.multiply, y, y))
        case .sigmoid:
            let y = try unary(.sigmoid, z)
            return try binary(.multiply, y, oneMinus(y))
        case .silu: return try ofGated(1)
        case .quickGelu: return try ofGated(1.702)
        case .gelu:
            // Φ(z) + z φ(z), where Φ and φ are the normal distribution and its density.
            let erf = try unary(.erf, scaled(z, Float(0.5).squareRoot()))
            let density = try unary(.exp, scaled(binary(.multiply, z, z), -0.5))
            return try binary(
                .add, scaled(plusOne(erf), 0.5), scaled(binary(.multiply, z, density), 1 / (2 * Float.pi).squareRoot()))
        case .geluTanh:
            // ½(1 + t) + ½z(1 − t²)u′, t = tanh u, u = √(2/π)(z + 0.044715z³).
            let root = (2 / Float.pi).squareRoot()
            let square = try binary(.multiply, z, z)
            let u = try scaled(binary(.multiply, z, plusOne(scaled(square, 0.044715))), root)
            let tanh = try unary(.tanh, u)
            let inner = try scaled(plusOne(scaled(square, 3 * 0.044715)), 0.5 * root)
            let steep = try binary(.multiply, binary(.multiply, z, inner), oneMinus(binary(.multiply, tanh, tanh)))
            return try binary(.add, scaled(plusOne(tanh), 0.5), steep)
        }
    }

    public func layerNormGradient(
        _ x: Tensor, residual: Tensor?, _ weights: LayerNormWeights, gradient: Tensor
    ) throws -> LayerNormGradient {
        try ShapeRules.layerNormGradient(x, residual: residual, weights, gradient: gradient)
        let n = x.shape.lastLength
        let rows: Shape = [x.shape.rowCount, n]
        let y = try residual.map { try binary(.add, x, $0) } ?? x
        let perElement = try constant(1 / Float(n))
        func mean(_ x: Tensor) throws -> Tensor { try binary(.multiply, reduce(.sum, x, axis: 1), perElement) }
        let centred = try binary(.subtract, y.reshaped(to: rows), mean(y.reshaped(to: rows)))
        let variance = try mean(binary(.multiply, centred, centred))
        let deviation = try unary(.sqrt, binary(.add, variance, constant(weights.epsilon)))
        let normalised = try binary(.divide, centred, deviation)
        let g = try gradient.reshaped(to: rows)
        let h = try binary(.multiply, g, weights.weight)
        let along = try binary(.multiply, normalised, mean(binary(.multiply, h, normalised)))
        let centredH = try binary(.subtract, h, mean(h))
        return LayerNormGradient(
            input: try binary(.divide, binary(.subtract, centredH, along), deviation).reshaped(to: x.shape),
            weight: try sumOfRows(binary(.multiply, g, normalised)),
            bias: weights.bias == nil ? nil : try sumOfRows(g))
    }

    public func softmaxGradient(_ result: Tensor, gradient: Tensor, scale: Float) throws -> Tensor {
        try ShapeRules.rowGradient(result, gradient: gradient)
        let sum = try reduce(.sum, binary(.multiply, gradient, result), axis: result.shape.count - 1)
        let gradient = try binary(.multiply, result, binary(.subtract, gradient, sum))
        return scale == 1 ? gradient : try binary(.multiply, gradient, constant(scale))
    }

    public func l2NormalizeGradient(_ x: Tensor, epsilon: Float, gradient: Tensor) throws -> Tensor {
        try ShapeRules.rowGradient(x, gradient: gradient)
        let (axis, epsilon) = (x.shape.count - 1, try constant(epsilon))
        let norm = try unary(.sqrt, reduce(.sum, binary(.multiply, x, x), axis: axis))
        let divisor = try binary(.maximum, norm, epsilon)
        let y = try binary(.divide, x, divisor)
        // Where the norm is below epsilon, the divisor is a constant.
        let isConstant = try binary(.greater, epsilon, norm)
        let along = try binary(
            .multiply, reduce(.sum, binary(.multiply, gradient, y), axis: axis),
            binary(.subtract, constant(1), isConstant))
        return try binary(.divide, binary(.subtract, gradient, binary(.multiply, y, along)), divisor)
    }
}
