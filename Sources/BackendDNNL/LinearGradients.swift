public import BertCore
import BertHostKernels

extension DNNLBackend {
    public func linearInputGradient(_ gradient: Tensor, weight: Tensor) throws -> Tensor {
        guard trainsWithKernels else { return try linearInputGradientOfMatmul(gradient, weight: weight) }
        return try kernels.linearInputGradient(gradient, weight: weight, in: .bfloat16, scratch: scratch)
    }

    public func linearWeightGradient(_ x: Tensor, gradient: Tensor, hasBias: Bool) throws -> LinearGradient {
        guard trainsWithKernels else {
            return try linearWeightGradientOfMatmul(x, gradient: gradient, hasBias: hasBias)
        }
        return try kernels.linearWeightGradient(
            x, gradient: gradient, hasBias: hasBias, in: .bfloat16, scratch: scratch)
    }

    /// Whether the host kernels compute the products of linear layers that are trained. The library would convert the
    /// weights in a pass of its own in each step, and compile each product for each number of tokens.
    var trainsWithKernels: Bool { info.precision == .bfloat16 && !widensBFloat16 }
}
