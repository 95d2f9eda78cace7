public import BertCore
import HostKernels

extension OpenBLASBackend {
    public func prepareLinear(weight: Tensor, bias: Tensor?) throws -> PreparedLinear {
        let (inputSize, outputSize) = try ShapeRules.linearWeights(weight: weight, bias: bias)
        if let bias { _ = try view(bias) }
        let source = try view(weight).floats
        // A product with few rows is a fifth faster when the right operand is not to be transposed.
        let transposed = try memory.floats([inputSize, outputSize]) { out in
            Transposition(rows: outputSize, columns: inputSize).run(source, into: out, workers: kernels.workers)
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
        let finish = LinearFinish(
            bias: try own.bias.map { try view($0).floats }, activation: activation,
            residual: try residual.map { try view($0).floats }, width: n)
        return try memory.floats(output) { out in
            try products.multiply(m: m, n: n, k: k) { _ in
                Product(
                    a: MatrixOperand(start: input, stride: max(1, k)),
                    b: MatrixOperand(start: matrix, stride: max(1, n)), result: out)
            } finish: { _, tile in
                // While the tile is still in the cache.
                finish(out, rows: tile.rows, columns: tile.columns)
            }
        }
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
