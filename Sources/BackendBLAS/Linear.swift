public import BertCore
import BertHostKernels

extension OpenBLASBackend {
    public func prepareLinear(weight: Tensor, bias: Tensor?) throws -> PreparedLinear {
        try prepare(weight, bias, copies: true)
    }

    public func prepareLinearForStep(weight: Tensor, bias: Tensor?) throws -> PreparedLinear {
        try prepare(weight, bias, copies: false)
    }

    private func prepare(_ weight: Tensor, _ bias: Tensor?, copies: Bool) throws -> PreparedLinear {
        let (inputSize, outputSize) = try ShapeRules.linearWeights(weight: weight, bias: bias)
        let prepared = try PreparedWeights(
            weight: weight, bias: bias, copies: copies, blocking: products.blocking, memory: memory,
            workers: kernels.workers)
        return PreparedLinear(
            backend: Self.name, inputSize: inputSize, outputSize: outputSize, payload: prepared)
    }

    public func linear(
        _ x: Tensor, _ weights: PreparedLinear, activation: LinearActivation?, residual: Tensor?
    ) throws -> Tensor {
        let output = try ShapeRules.linear(x, weights, activation: activation, residual: residual)
        if case .gated(let function) = activation {
            return try gatedLinear(x, weights, function, residual: residual)
        }
        let own = try weights.payload(as: PreparedWeights.self, for: Self.name)
        let (m, n, k) = (x.shape.rowCount, weights.outputSize, weights.inputSize)
        let input = try view(x).floats
        let finish = LinearFinish(
            bias: own.bias, activation: activation?.function, residual: try residual.map { try view($0).floats },
            width: n, kernels: kernels)
        return try memory.floats(output) { out in
            try products.multiply(m: m, n: n, k: k) { _ in
                Product(a: MatrixOperand(start: input, stride: max(1, k)), b: own.matrix, result: out)
            } finish: { tile in
                // Apply the epilogue while the tile is in the cache.
                finish(out, rows: tile.rows, columns: tile.columns)
            }
        }
    }
}
