import BertCore

/// The weights of a linear layer and their nodes on the tape.
final class RecordedLinear: Sendable {
    /// The weights prepared by the base backend.
    let prepared: PreparedLinear
    /// The tape of the weights.
    let tape: Int
    /// `[out, in]`, for the gradient of the layer's input.
    let weight: Tensor
    let weightParent: Parent?
    let biasParent: Parent?

    init(prepared: PreparedLinear, tape: Int, weight: Tensor, weightParent: Parent?, biasParent: Parent?) {
        self.prepared = prepared
        self.tape = tape
        self.weight = weight
        self.weightParent = weightParent
        self.biasParent = biasParent
    }
}

extension DifferentiatingBackend {
    func prepared(weight: Tensor, bias: Tensor?) throws -> PreparedLinear {
        let values = try value(weight)
        let (weightParent, biasParent) = (try parent(weight), try bias.flatMap(parent))
        let shift = try bias.map(value)
        let prepared =
            try weightParent == nil && biasParent == nil
            ? packer.prepareLinear(weight: values, bias: shift)
            : base.prepareLinearForStep(weight: values, bias: shift)
        return PreparedLinear(
            backend: prepared.backend, inputSize: prepared.inputSize, outputSize: prepared.outputSize,
            payload: RecordedLinear(
                prepared: prepared, tape: tape.id, weight: values, weightParent: weightParent, biasParent: biasParent))
    }

    /// Returns the node of weights on this tape.
    private func here(_ parent: Parent?, of weights: RecordedLinear) throws -> Parent? {
        guard let parent else { return nil }
        if weights.tape == tape.id {
            guard tape.holds(parent.node) else { throw consumed(weights.weight.shape) }
            return parent
        }
        guard let imports, imports.tape == weights.tape else { throw foreign(weights.weight.shape) }
        return Parent(
            node: imports.leaf(parent.node, parent.shape, on: tape), shape: parent.shape, paddingRow: nil)
    }

    /// Computes and records y = act(x Wᵀ + b) + r.
    func recordedLinear(
        _ x: Tensor, _ weights: PreparedLinear, _ activation: LinearActivation?, _ residual: Tensor?
    ) throws -> Tensor {
        let recorded = weights.payload as? RecordedLinear
        let prepared = recorded?.prepared ?? weights
        let (parentX, parentR) = (try parent(x), try residual.flatMap(parent))
        let (input, added) = (try value(x), try residual.map(value))
        let weightParent = try recorded.flatMap { try here($0.weightParent, of: $0) }
        let biasParent = try recorded.flatMap { try here($0.biasParent, of: $0) }
        let hasProduct = parentX != nil || weightParent != nil || biasParent != nil
        guard hasProduct else {
            let y = try base.linear(input, prepared, activation: activation, residual: added)
            guard parentR != nil else { return y }
            return record(.linear, y) { try $1.add(to: parentR, $0) }
        }
        guard let recorded else {
            throw BertError(
                .foreignTensor,
                "linear weights \([weights.outputSize, weights.inputSize]) were not prepared by the differentiating backend"
            )
        }
        let savedInput = weightParent == nil ? nil : input
        let weight = parentX == nil ? nil : recorded.weight
        let productPullback: Tape.Pullback = { dz, gradients in
            let base = gradients.base
            if let weight { try gradients.add(to: parentX, base.linearInputGradient(dz, weight: weight)) }
            if let savedInput {
                let gradient = try base.linearWeightGradient(savedInput, gradient: dz, hasBias: biasParent != nil)
                try gradients.add(to: weightParent, gradient.weight)
                if let bias = gradient.bias { try gradients.add(to: biasParent, bias) }
            } else {
                try gradients.add(to: biasParent, dz)
            }
        }
        guard let activation else {
            let y = try base.linear(input, prepared, activation: nil, residual: added)
            return record(.linear, y) { g, gradients in
                try gradients.add(to: parentR, g)
                try productPullback(g, gradients)
            }
        }
        let z = try base.linear(input, prepared, activation: nil, residual: nil)
        let y = try activated(z, activation)
        let sum = try added.map { try base.binary(.add, y, $0) } ?? y
        return record(.linear, sum) { g, gradients in
            try gradients.add(to: parentR, g)
            try productPullback(gradients.base.activationGradient(activation, input: z, gradient: g), gradients)
        }
    }

    /// Returns the activation of a product.
    private func activated(_ z: Tensor, _ activation: LinearActivation) throws -> Tensor {
        switch activation {
        case .elementwise(let function): return try base.activation(function, z)
        case .gated(let function):
            let (axis, half) = (z.shape.count - 1, z.shape.lastLength / 2)
            return try base.binary(
                .multiply, base.activation(function, base.slice(z, axis: axis, range: 0..<half)),
                base.slice(z, axis: axis, range: half..<2 * half))
        }
    }
}
