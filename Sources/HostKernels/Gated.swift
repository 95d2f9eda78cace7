public import BertCore
import CBertKernels

extension HostKernels {
    /// Returns activation(first half) · second half + residual of each row, `[…, 2n]` → `[…, n]`: the epilogue of a
    /// linear layer with a gated activation.
    public func gated(_ activation: Activation, _ x: Tensor, residual: Tensor?) throws -> Tensor {
        guard x.shape.count >= 1, x.shape.lastLength % 2 == 0 else {
            throw BertError(
                .invalidShape, "gated activations require two equal halves in the last axis, not the shape \(x.shape)")
        }
        let n = x.shape.lastLength / 2
        let shape = x.shape.replacing(axis: x.shape.count - 1, with: n)
        if let residual, residual.shape != shape {
            throw BertError(.invalidShape, "a residual of shape \(residual.shape) can't be added to shape \(shape)")
        }
        let (source, added) = (try floats(x), try residual.map(floats))
        return try memory.floats(shape) { out in
            forEachRows(shape.rowCount, of: n, elements: Grain.demanding) { rows in
                // A single row stays in the L1 cache between the steps.
                for row in rows {
                    let (gate, line) = (source + 2 * row * n, out + row * n)
                    routines.pointee.unary(activation.kernel, n, gate, line)
                    routines.pointee.binary(BERT_BINARY_MULTIPLY, 1, n, line, n, 1, gate + n, n, 1, line, n)
                    if let added {
                        routines.pointee.binary(BERT_BINARY_ADD, 1, n, line, n, 1, added + row * n, n, 1, line, n)
                    }
                }
            }
        }
    }
}

extension HostKernelBackend {
    /// Computes a linear layer with a gated activation in two steps: the product, then the gating.
    public func gatedLinear(
        _ x: Tensor, _ weights: PreparedLinear, _ activation: Activation, residual: Tensor?
    ) throws -> Tensor {
        let outputs = try linear(x, weights, activation: nil, residual: nil)
        return try kernels.gated(activation, outputs, residual: residual)
    }
}
