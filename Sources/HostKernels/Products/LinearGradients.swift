package import BertCore
import Synchronization

/// Products of linear layers in training, whose weights are packed as needed. Nothing is compiled for their sizes, so
/// the number of tokens may differ in each step.
extension HostKernels {
    /// Computes a linear layer with plain weights `[outputs, inputs]`.
    package func linear(
        _ x: Tensor, weight: Tensor, bias: Tensor?, activation: Activation?, residual: Tensor?,
        in precision: Precision, scratch: ScratchPool
    ) throws -> Tensor {
        let (inputs, outputs) = (weight.shape[1], weight.shape[0])
        let (source, w) = (try floats(x), try floats(weight))
        let (shift, added) = (try bias.map(floats), try residual.map(floats))
        return try multiply(x.shape.replacing(axis: x.shape.count - 1, with: outputs), scratch) { out in
            KernelProduct(
                rows: x.shape.rowCount, inner: inputs, columns: outputs, x: source,
                weights: .plain(start: w, step: 1, stride: inputs), precision: precision, bias: shift,
                activation: activation, residual: added, y: out, by: self)
        }
    }

    /// Implements the requirement of `ComputeBackend` in a precision: float32 or bfloat16.
    package func linearInputGradient(
        _ gradient: Tensor, weight: Tensor, in precision: Precision, scratch: ScratchPool
    ) throws -> Tensor {
        let shape = try ShapeRules.linearInputGradient(gradient, weight: weight)
        let (rows, inner, columns) = (gradient.shape.rowCount, weight.shape[0], weight.shape[1])
        let (g, w) = (try floats(gradient), try floats(weight))
        return try multiply(shape, scratch) { out in
            KernelProduct(
                rows: rows, inner: inner, columns: columns, x: g,
                weights: .plain(start: w, step: columns, stride: 1), precision: precision, y: out, by: self)
        }
    }

    /// Implements the requirement of `ComputeBackend` in a precision: float32 or bfloat16.
    package func linearWeightGradient(
        _ x: Tensor, gradient: Tensor, hasBias: Bool, in precision: Precision, scratch: ScratchPool
    ) throws -> LinearGradient {
        let sizes = try ShapeRules.linearWeightGradient(x, gradient: gradient)
        let (input, g) = (try floats(x), try floats(gradient))
        let weight = try multiply([sizes.outputSize, sizes.inputSize], scratch) { out in
            KernelProduct(
                rows: sizes.outputSize, inner: sizes.rows, columns: sizes.inputSize, x: g, isTurned: true,
                weights: .plain(start: input, step: sizes.inputSize, stride: 1), precision: precision, y: out, by: self)
        }
        guard hasBias else { return LinearGradient(weight: weight, bias: nil) }
        let rows = try gradient.reshaped(to: [sizes.rows, sizes.outputSize])
        return LinearGradient(
            weight: weight, bias: try reduce(.sum, rows, axis: 0).reshaped(to: [sizes.outputSize]))
    }

    private func multiply(
        _ shape: Shape, _ scratch: ScratchPool, _ product: (UnsafeMutablePointer<Float>) -> KernelProduct
    ) throws -> Tensor {
        try memory.floats(shape) { out in
            guard shape.elementCount > 0 else { return }
            let product = product(out)
            let division = product.division(threads: workers.threads)
            let failed = Atomic<Bool>(false)
            workers.forEach(division.count) {
                if !product.compute(division[$0], scratch: scratch) { failed.store(true, ordering: .relaxed) }
            }
            if failed.load(ordering: .relaxed) {
                throw BertError(.outOfMemory, "\(backend): not enough memory for a product of shape \(shape)")
            }
        }
    }
}
