public import BertCore

extension OpenBLASBackend {
    public func prepareLinear(weight: Tensor, bias: Tensor?) throws -> PreparedLinear {
        let (inputSize, outputSize) = try ShapeRules.linearWeights(weight: weight, bias: bias)
        if let bias { _ = try view(bias) }
        let source = try view(weight).floats
        // A product with few rows is a fifth faster when the right operand is not to be transposed.
        let transposed = try memory.floats([inputSize, outputSize]) { out in
            Transposition(rows: outputSize, columns: inputSize).run(source, into: out, workers: workers)
        }
        return PreparedLinear(
            backend: Self.name, inputSize: inputSize, outputSize: outputSize,
            payload: OpenBLASLinear(weight: transposed, bias: bias))
    }

    public func linear(
        _ x: Tensor, _ weights: PreparedLinear, activation: Activation?, residual: Tensor?
    ) throws -> Tensor {
        let output = try ShapeRules.linear(x, weights, residual: residual)
        let own = try weights.payload(as: OpenBLASLinear.self, for: Self.name)
        let (m, n, k) = (x.shape.rowCount, weights.outputSize, weights.inputSize)
        let input = try view(x).floats
        let matrix = try view(own.weight).floats
        var y = try memory.floats(output) { out in
            try products.multiply(m: m, n: n, k: k) { _ in
                Product(
                    a: MatrixOperand(start: input, stride: max(1, k)),
                    b: MatrixOperand(start: matrix, stride: max(1, n)), result: out)
            }
        }
        if let bias = own.bias { y = try binary(.add, y, bias) }
        if let activation { y = try self.activation(activation, y) }
        if let residual { y = try binary(.add, y, residual) }
        return y
    }
}

/// What a linear layer's weights become.
private final class OpenBLASLinear: Sendable {
    /// `[in, out]`.
    let weight: Tensor
    /// `[out]`.
    let bias: Tensor?

    init(weight: Tensor, bias: Tensor?) {
        self.weight = weight
        self.bias = bias
    }
}
