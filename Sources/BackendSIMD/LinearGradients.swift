public import BertCore
import BertHostKernels

extension SIMDBackend {
    public func linearInputGradient(_ gradient: Tensor, weight: Tensor) throws -> Tensor {
        let shape = try ShapeRules.linearInputGradient(gradient, weight: weight)
        let (rows, inner, columns) = (gradient.shape.rowCount, weight.shape[0], weight.shape[1])
        let (g, w) = (try view(gradient).floats, try view(weight).floats)
        return try multiply(shape) { out in
            Product(
                rows: rows, inner: inner, columns: columns, x: g,
                weights: .plain(start: w, step: columns, stride: 1), precision: precisionOfGradients, y: out,
                by: kernels)
        }
    }

    public func linearWeightGradient(_ x: Tensor, gradient: Tensor, hasBias: Bool) throws -> LinearGradient {
        let sizes = try ShapeRules.linearWeightGradient(x, gradient: gradient)
        let (input, g) = (try view(x).floats, try view(gradient).floats)
        let weight = try multiply([sizes.outputSize, sizes.inputSize]) { out in
            Product(
                rows: sizes.outputSize, inner: sizes.rows, columns: sizes.inputSize, x: g, isTurned: true,
                weights: .plain(start: input, step: sizes.inputSize, stride: 1), precision: precisionOfGradients,
                y: out,
                by: kernels)
        }
        guard hasBias else { return LinearGradient(weight: weight, bias: nil) }
        let rows = try gradient.reshaped(to: [sizes.rows, sizes.outputSize])
        return LinearGradient(
            weight: weight, bias: try kernels.reduce(.sum, rows, axis: 0).reshaped(to: [sizes.outputSize]))
    }

    /// The precision of gradients, which are never computed with integers.
    private var precisionOfGradients: Precision { info.precision == .bfloat16 ? .bfloat16 : .float32 }

    private func multiply(_ shape: Shape, _ product: (UnsafeMutablePointer<Float>) -> Product) throws -> Tensor {
        try kernels.memory.floats(shape) { out in
            guard shape.elementCount > 0 else { return }
            let product = product(out)
            let division = product.division(threads: kernels.workers.threads)
            try run(division.count, "gradient of a linear layer, \(shape)") {
                product.compute(division[$0], scratch: scratch)
            }
        }
    }
}
