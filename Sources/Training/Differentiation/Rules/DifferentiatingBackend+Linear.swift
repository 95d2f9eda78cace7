import BertCore

/// The weights of a linear layer, and where they are on the tape.
final class RecordedLinear: Sendable {
    /// What the base made of them.
    let prepared: PreparedLinear
    /// `[out, in]`, for the gradient of the layer's input.
    let weight: Tensor
    let weightParent: Parent?
    let biasParent: Parent?

    init(prepared: PreparedLinear, weight: Tensor, weightParent: Parent?, biasParent: Parent?) {
        self.prepared = prepared
        self.weight = weight
        self.weightParent = weightParent
        self.biasParent = biasParent
    }
}

extension DifferentiatingBackend {
    func prepared(weight: Tensor, bias: Tensor?) throws -> PreparedLinear {
        let values = try value(weight)
        let (weightParent, biasParent) = (try parent(weight), try bias.flatMap(parent))
        let backend = weightParent == nil && biasParent == nil ? packer : base
        let prepared = try backend.prepareLinear(weight: values, bias: bias.map(value))
        return PreparedLinear(
            backend: prepared.backend, inputSize: prepared.inputSize, outputSize: prepared.outputSize,
            payload: RecordedLinear(
                prepared: prepared, weight: values, weightParent: weightParent, biasParent: biasParent))
    }

    /// y = act(x Wᵀ + b) + r.
    func recordedLinear(
        _ x: Tensor, _ weights: PreparedLinear, _ activation: LinearActivation?, _ residual: Tensor?
    ) throws -> Tensor {
        let recorded = weights.payload as? RecordedLinear
        let prepared = recorded?.prepared ?? weights
        let (parentX, parentR) = (try parent(x), try residual.flatMap(parent))
        let (input, added) = (try value(x), try residual.map(value))
        let (weightParent, biasParent) = (recorded?.weightParent, recorded?.biasParent)
        let hasProduct = parentX != nil || weightParent != nil || biasParent != nil
        guard hasProduct else {
            let y = try base.linear(input, prepared, activation: activation, residual: added)
            guard parentR != nil else { return y }
            return record(.linear, y) { try $1.add(to: parentR, $0) }
        }
        guard let recorded else {
            throw BertError(
                .foreignTensor,
                "linear weights \([weights.outputSize, weights.inputSize]) were not prepared by the backend that differentiates"
            )
        }
        let savedInput = weightParent == nil ? nil : input
        let weight = parentX == nil ? nil : recorded.weight
        let shape = input.shape
        let productPullback: Tape.Pullback = { dz, gradients in
            let base = gradients.base
            let rows = try dz.reshaped(to: [shape.rowCount, dz.shape.lastLength])
            if let weight {
                try gradients.add(
                    to: parentX, base.matmul(rows, weight, transposeA: false, transposeB: false, scale: 1))
            }
            if let savedInput {
                try gradients.add(
                    to: weightParent,
                    base.matmul(
                        rows, savedInput.reshaped(to: [shape.rowCount, shape.lastLength]), transposeA: true,
                        transposeB: false, scale: 1))
            }
            try gradients.add(to: biasParent, base.reduce(.sum, rows, axis: 0))
        }
        guard let activation else {
            let y = try base.linear(input, prepared, activation: nil, residual: added)
            return record(.linear, y) { g, gradients in
                try gradients.add(to: parentR, g)
                try productPullback(g, gradients)
            }
        }
        let z = try base.linear(input, prepared, activation: nil, residual: nil)
        let (y, activationPullback) = try activated(z, activation)
        let sum = try added.map { try base.binary(.add, y, $0) } ?? y
        return record(.linear, sum) { g, gradients in
            try gradients.add(to: parentR, g)
            try productPullback(activationPullback(gradients.base, g), gradients)
        }
    }

    /// The activation of a product, and what makes the product's gradient of the result's.
    private func activated(
        _ z: Tensor, _ activation: LinearActivation
    ) throws -> (Tensor, @Sendable (any ComputeBackend, Tensor) throws -> Tensor) {
        switch activation {
        case .elementwise(let function):
            return (
                try base.activation(function, z), { base, g in try base.gradient(of: function, at: z, g) }
            )
        case .gated(let function):
            let (axis, half) = (z.shape.count - 1, z.shape.lastLength / 2)
            let gate = try base.slice(z, axis: axis, range: 0..<half)
            let factor = try base.slice(z, axis: axis, range: half..<2 * half)
            let y = try base.binary(.multiply, base.activation(function, gate), factor)
            return (
                y,
                { base, g in
                    let ofGate = try base.gradient(of: function, at: gate, base.binary(.multiply, g, factor))
                    let ofFactor = try base.binary(.multiply, g, base.activation(function, gate))
                    return try base.concatenate([ofGate, ofFactor], axis: axis)
                }
            )
        }
    }
}
