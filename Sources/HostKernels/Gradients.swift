public import BertCore
import CBertKernels

extension HostKernels {
    public func activationGradient(
        _ activation: LinearActivation, input: Tensor, gradient: Tensor
    ) throws -> Tensor {
        try ShapeRules.activationGradient(activation, input: input, gradient: gradient)
        let (z, g) = (try floats(input), try floats(gradient))
        let operation = activation.function.kernel
        return try memory.floats(input.shape) { out in
            guard activation.isGated else {
                return workers.forEachRange(input.shape.elementCount, grain: Grain.demanding) { range in
                    let start = range.lowerBound
                    routines.pointee.unary_gradient(operation, range.count, z + start, g + start, out + start)
                }
            }
            let n = gradient.shape.lastLength
            forEachRows(gradient.shape.rowCount, of: n, elements: Grain.demanding) { rows in
                for row in rows {
                    let (gate, own, line) = (z + 2 * row * n, g + row * n, out + 2 * row * n)
                    // g ∘ b is propagated through the activation; g ∘ act(a) isn't.
                    routines.pointee.binary(BERT_BINARY_MULTIPLY, 1, n, own, n, 1, gate + n, n, 1, line, n)
                    routines.pointee.unary_gradient(operation, n, gate, line, line)
                    routines.pointee.unary(operation, n, gate, line + n)
                    routines.pointee.binary(BERT_BINARY_MULTIPLY, 1, n, line + n, n, 1, own, n, 1, line + n, n)
                }
            }
        }
    }

    public func layerNormGradient(
        _ x: Tensor, residual: Tensor?, _ weights: LayerNormWeights, gradient: Tensor
    ) throws -> LayerNormGradient {
        try ShapeRules.layerNormGradient(x, residual: residual, weights, gradient: gradient)
        let (source, added) = (try floats(x), try residual.map(floats))
        let (gamma, g) = (try floats(weights.weight), try floats(gradient))
        let (n, rows) = (x.shape.lastLength, x.shape.rowCount)
        // Sums over rows are computed from sums of blocks, so that they don't depend on the number of threads.
        let blocks = max(1, (rows + Self.rowsOfBlock - 1) / Self.rowsOfBlock)
        let sums = try memory.floats([blocks, 2 * n]) { $0.update(repeating: 0, count: rows == 0 ? 2 * n : 0) }
        let partial = UnsafeMutablePointer(mutating: try floats(sums))
        let input = try memory.floats(x.shape) { out in
            guard rows > 0 else { return }
            forEachRows(blocks, of: Self.rowsOfBlock * n, elements: Grain.demanding) { range in
                for block in range {
                    let first = block * Self.rowsOfBlock
                    let (start, own) = (first * n, partial + block * 2 * n)
                    routines.pointee.layer_norm_gradient(
                        min(Self.rowsOfBlock, rows - first), n, source + start, n, added.map { $0 + start }, n, gamma,
                        weights.epsilon, g + start, n, out + start, n, own, own + n)
                }
            }
        }
        func total(_ start: Int) throws -> Tensor {
            try memory.floats([n]) { out in
                routines.pointee.reduce_rows(BERT_REDUCE_SUM, blocks, n, partial + start, 2 * n, out)
            }
        }
        let (weight, bias) = (try total(0), weights.bias == nil ? nil : try total(n))
        withExtendedLifetime(sums) {}
        return LayerNormGradient(input: input, weight: weight, bias: bias)
    }

    private static let rowsOfBlock = 32

    public func softmaxGradient(_ result: Tensor, gradient: Tensor, scale: Float) throws -> Tensor {
        try ShapeRules.rowGradient(result, gradient: gradient)
        let (p, g) = (try floats(result), try floats(gradient))
        let n = result.shape.lastLength
        return try memory.floats(result.shape) { out in
            forEachRows(result.shape.rowCount, of: n, elements: Grain.simple) { rows in
                let start = rows.lowerBound * n
                routines.pointee.softmax_gradient(
                    rows.count, n, scale, p + start, n, g + start, n, out + start, n)
            }
        }
    }

    public func l2NormalizeGradient(_ x: Tensor, epsilon: Float, gradient: Tensor) throws -> Tensor {
        try ShapeRules.rowGradient(x, gradient: gradient)
        let (source, g) = (try floats(x), try floats(gradient))
        let n = x.shape.lastLength
        return try memory.floats(x.shape) { out in
            forEachRows(x.shape.rowCount, of: n, elements: Grain.simple) { rows in
                let start = rows.lowerBound * n
                routines.pointee.l2_normalize_gradient(
                    rows.count, n, epsilon, source + start, n, g + start, n, out + start, n)
            }
        }
    }
}
