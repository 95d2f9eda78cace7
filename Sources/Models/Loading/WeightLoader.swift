import BertCore

/// Hands a model's parameters to a backend, in the form its layers want them.
struct WeightLoader {
    let parameters: ParameterStore
    let backend: any ComputeBackend

    /// A parameter as it is.
    func tensor(_ name: String) throws -> Tensor {
        try OperationScope.with(name, on: backend) {
            try backend.upload(parameters.values(name), shape: parameters.shape(name), elementType: .float32)
        }
    }

    /// `NAME.weight` and `NAME.bias` as a linear layer.
    func linear(_ name: String) throws -> PreparedLinear {
        let (weight, bias) = (try tensor(name + ".weight"), try tensor(name + ".bias"))
        return try OperationScope.with(name, on: backend) { try backend.prepareLinear(weight: weight, bias: bias) }
    }

    /// Several linear layers of one input as one, their outputs side by side.
    func fusedLinear(_ names: [String]) throws -> PreparedLinear {
        let weights = try names.map { try tensor($0 + ".weight") }
        let biases = try names.map { try tensor($0 + ".bias") }
        return try OperationScope.with(names.joined(separator: "+"), on: backend) {
            try backend.prepareLinear(
                weight: backend.concatenate(weights, axis: 0), bias: backend.concatenate(biases, axis: 0))
        }
    }

    /// `NAME.weight` and `NAME.bias` as a layer normalisation.
    func layerNorm(_ name: String, epsilon: Double) throws -> LayerNormWeights {
        try LayerNormWeights(weight: tensor(name + ".weight"), bias: tensor(name + ".bias"), epsilon: Float(epsilon))
    }
}
