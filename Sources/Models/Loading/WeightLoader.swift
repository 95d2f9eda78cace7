public import BertCore
import BertLocks

/// A loader that uploads the parameters of a model to a backend in the form that its layers need.
public struct WeightLoader: Sendable {
    /// The parameter values.
    public let parameters: ParameterStore
    /// The backend of the model.
    public let backend: any ComputeBackend
    private let shared = SharedValues()

    /// Creates a loader.
    public init(parameters: ParameterStore, backend: any ComputeBackend) {
        self.parameters = parameters
        self.backend = backend
    }

    /// Returns a parameter as a tensor.
    public func tensor(_ name: String) throws -> Tensor {
        if let source = parameters.source { return try source.tensor(name) }
        return try OperationScope.with(name, on: backend) {
            try backend.upload(parameters.values(name), shape: parameters.shape(name), elementType: .float32)
        }
    }

    /// Returns `NAME.weight` `[out, in]` and optionally `NAME.bias` `[out]` as a linear layer.
    public func linear(_ name: String, bias hasBias: Bool = true) throws -> PreparedLinear {
        try prepared([name], bias: hasBias) {
            let weight = try tensor(name + ".weight")
            let bias = try hasBias ? tensor(name + ".bias") : nil
            return try OperationScope.with(name, on: backend) { try backend.prepareLinear(weight: weight, bias: bias) }
        }
    }

    /// Returns several linear layers with the same input as one layer with concatenated outputs.
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

    /// Returns a linear layer whose outputs are the two halves of a gated activation, the activated half first.
    ///
    /// - Parameters:
    ///   - name: The name of the layer, without `.weight` and `.bias`.
    ///   - hasBias: Whether the layer has a bias.
    ///   - activatedFirst: Whether the activated half is first in the checkpoint as well.
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

    /// Returns a prepared linear layer, from the parameter source or the packed weights if they have it.
    private func prepared(
        _ names: [String], bias hasBias: Bool, _ make: () throws -> PreparedLinear
    ) throws -> PreparedLinear {
        guard let source = parameters.source else {
            let shapes = try parameters.packed.map { _ in try names.map { try parameters.shape($0 + ".weight") } }
            return try parameters.packed?.linear(names, shapes: shapes ?? [], on: backend) ?? make()
        }
        return try source.linear(
            names.flatMap { hasBias ? [$0 + ".weight", $0 + ".bias"] : [$0 + ".weight"] }, make: make)
    }

    /// Returns `NAME.weight` and optionally `NAME.bias` as a layer normalization.
    public func layerNorm(_ norm: NormDesign, epsilon: Double) throws -> LayerNormWeights {
        let weight = try tensor(norm.name + ".weight")
        let bias = try norm.hasBias ? tensor(norm.name + ".bias") : nil
        return LayerNormWeights(weight: weight, bias: bias, epsilon: Float(epsilon))
    }

    /// Returns a value that several layers share, such as a computed table, and creates it only once.
    public func once<Value: Sendable>(_ key: String, _ make: () throws -> Value) throws -> Value {
        try shared.value(key, make)
    }
}

/// A cache of values that several layers share.
private final class SharedValues: Sendable {
    private let values = ForkSafeMutex<[String: any Sendable]>([:])

    func value<Value: Sendable>(_ key: String, _ make: () throws -> Value) throws -> Value {
        if let value = values.withLock({ $0[key] }) as? Value { return value }
        let made = try make()
        values.withLock { $0[key] = made }
        return made
    }
}
