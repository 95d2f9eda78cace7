public import BertCore
import BertHostKernels

extension SIMDBackend {
    public func linearInputGradient(_ gradient: Tensor, weight: Tensor) throws -> Tensor {
        try kernels.linearInputGradient(gradient, weight: weight, in: precisionOfGradients, scratch: scratch)
    }

    public func linearWeightGradient(_ x: Tensor, gradient: Tensor, hasBias: Bool) throws -> LinearGradient {
        try kernels.linearWeightGradient(
            x, gradient: gradient, hasBias: hasBias, in: precisionOfGradients, scratch: scratch)
    }

    /// The precision of gradients, which are never computed with integers.
    private var precisionOfGradients: Precision { info.precision == .bfloat16 ? .bfloat16 : .float32 }
}
