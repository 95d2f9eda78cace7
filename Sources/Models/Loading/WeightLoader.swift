public import BertCore
import Synchronization

/// Hands a model's parameters to a backend, in the form its layers want them.
public struct WeightLoader: Sendable {
    /// The values.
    public let parameters: ParameterStore
    /// What the model will compute on.
    public let backend: any ComputeBackend
    private let shared = SharedTensors()

    /// Loads parameters onto a backend.
    public init(parameters: ParameterStore, backend: any ComputeBackend) {
        self.parameters = parameters
        self.backend = backend
    }

    /// A parameter as it is.
    public func tensor(_ name: String) throws -> Tensor {
        if let source = parameters.source { return try source.tensor(name) }
        return try OperationScope.with(name, on: backend) {
            try backend.upload(parameters.values(name), shape: parameters.shape(name), elementType: .float32)
        }
    }

    /// `NAME.weight` `[out, in]` and, if it has one, `NAME.bias` `[out]` as a linear layer.
    public func linear(_ name: String, bias hasBias: Bool = true) throws -> PreparedLinear {
        try prepared([name], bias: hasBias) {
            let weight = try tensor(name + ".weight")
            let bias = try hasBias ? tensor(name + ".bias") : nil
            return try OperationScope.with(name, on: backend) { try backend.prepareLinear(weight: weight, bias: bias) }
        }
    }

    /// Several linear layers of one input as one, their outputs side by side.
    public func fusedLinear(_ names: [String], bias hasBias: Bool = true) throws -> PreparedLinear {
        try prepared(names, bias: hasBias) {
            let weights = try names.map { try tensor($0 + ".weight") }
            let biases = try hasBias ? names.map { try tensor($0 + ".bias") } : nil
            return try OperationScope.with(names.joined(separator: "+"), on: backend) {
                try backend.prepareLinear(
                    weight: backend.concatenate(weights, axis: 0),
                    bias: biases.map { try backend.concatenate($0, axis: 0) })
            }
        }
    }

    /// A linear layer that gives two halves for a gated activation, the activated half first.
    ///
    /// - Parameters:
    ///   - name: the layer's name, to which `.weight` and `.bias` are added.
    ///   - hasBias: whether the layer has a bias.
    ///   - activatedFirst: whether it comes first in the checkpoint too.
    public func gatedLinear(
        _ name: String, bias hasBias: Bool = true, activatedFirst: Bool
    ) throws -> PreparedLinear {
        guard !activatedFirst else { return try linear(name, bias: hasBias) }
        func swapped(_ tensor: Tensor) throws -> Tensor {
            let (rows, half) = (tensor.shape[0], tensor.shape[0] / 2)
            return try backend.concatenate(
                [
                    backend.slice(tensor, axis: 0, range: half..<rows),
                    backend.slice(tensor, axis: 0, range: 0..<half),
                ], axis: 0)
        }
        return try prepared([name], bias: hasBias) {
            let weight = try swapped(tensor(name + ".weight"))
            let bias = try hasBias ? swapped(tensor(name + ".bias")) : nil
            return try OperationScope.with(name, on: backend) { try backend.prepareLinear(weight: weight, bias: bias) }
        }
    }

    /// A linear layer of these names' parameters, from the source's if it has it already.
    private func prepared(
        _ names: [String], bias hasBias: Bool, _ make: () throws -> PreparedLinear
    ) throws -> PreparedLinear {
        guard let source = parameters.source else { return try make() }
        return try source.linear(
            names.flatMap { hasBias ? [$0 + ".weight", $0 + ".bias"] : [$0 + ".weight"] }, make: make)
    }

    /// `NAME.weight` and, if it has one, `NAME.bias` as a layer normalisation.
    public func layerNorm(_ norm: NormDesign, epsilon: Double) throws -> LayerNormWeights {
        let weight = try tensor(norm.name + ".weight")
        let bias = try norm.hasBias ? tensor(norm.name + ".bias") : nil
        return LayerNormWeights(weight: weight, bias: bias, epsilon: Float(epsilon))
    }

    /// A tensor that several layers of a model need, made once: a table that is computed rather than stored.
    public func once(_ key: String, _ make: () throws -> Tensor) throws -> Tensor { try shared.tensor(key, make) }
}

/// The tensors that were made for several layers.
private final class SharedTensors: Sendable {
    private let tensors = Mutex<[String: Tensor]>([:])

    func tensor(_ key: String, _ make: () throws -> Tensor) throws -> Tensor {
        if let tensor = tensors.withLock({ $0[key] }) { return tensor }
        let made = try make()
        tensors.withLock { $0[key] = made }
        return made
    }
}
