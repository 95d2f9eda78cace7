public import BertCore
import CBertKernels

extension HostKernels {
    public func layerNorm(_ x: Tensor, residual: Tensor?, _ weights: LayerNormWeights) throws -> Tensor {
        try ShapeRules.layerNorm(x, residual: residual, weights)
        let (source, added) = (try floats(x), try residual.map(floats))
        let (gamma, beta) = (try floats(weights.weight), try weights.bias.map(floats))
        let n = x.shape.lastLength
        return try memory.floats(x.shape) { out in
            forEachRows(x.shape.rowCount, of: n, elements: Grain.demanding) { rows in
                let start = rows.lowerBound * n
                routines.pointee.layer_norm(
                    rows.count, n, source + start, n, nil, added.map { $0 + start }, n, gamma, beta, weights.epsilon,
                    out + start, n)
            }
        }
    }

    public func softmax(_ x: Tensor, mask: Tensor?, scale: Float) throws -> Tensor {
        try ShapeRules.softmax(x, mask: mask)
        let n = x.shape.lastLength
        if let mask, mask.shape.lastLength != n {
            // A mask with one number per row is rare and has no kernel.
            let scores = try binary(.add, binary(.multiply, x, scalar(scale)), mask)
            return try softmax(scores, mask: nil, scale: 1)
        }
        let (source, added) = (try floats(x), try mask.map(floats))
        return try memory.floats(x.shape) { out in
            guard x.shape.elementCount > 0 else { return }
            let leading = Shape(x.shape.dropLast())
            let walk = BroadcastWalk(leading, Shape((mask?.shape ?? [1]).dropLast()), to: leading)
            // The innermost axis of the iteration advances by one row of scores.
            forEachRows(x.shape.rowCount, of: n, elements: Grain.demanding) { rows in
                walk.forEachSpan(in: rows) { span, maskRow, maskStep in
                    routines.pointee.softmax(
                        span.count, n, scale, source + span.lowerBound * n, n, added.map { $0 + maskRow * n },
                        maskStep * n, out + span.lowerBound * n, n)
                }
            }
        }
    }

    public func l2Normalize(_ x: Tensor, epsilon: Float) throws -> Tensor {
        try ShapeRules.axis(x.shape.count - 1, of: x.shape)
        let source = try floats(x)
        let n = x.shape.lastLength
        return try memory.floats(x.shape) { out in
            forEachRows(x.shape.rowCount, of: n, elements: Grain.simple) { rows in
                let start = rows.lowerBound * n
                routines.pointee.l2_normalize(rows.count, n, epsilon, source + start, n, out + start, n)
            }
        }
    }

    private func scalar(_ value: Float) throws -> Tensor { try memory.floats([1]) { $0[0] = value } }
}
