import BertCore

/// The padded outputs of a model, with their names in Python.
struct NamedOutputs {
    private var tensors: [NamedTensor] = []
    private let backend: any ComputeBackend

    /// Returns the outputs of a model: the loss, the outputs specific to the model, and the states of the trunk.
    static func collect(
        loss: Float? = nil, _ states: TrunkStates, on backend: any ComputeBackend,
        own: (inout NamedOutputs) throws -> Void
    ) throws -> [NamedTensor] {
        var outputs = NamedOutputs(backend: backend)
        if let loss { outputs.add(NamedTensor("loss", floats: [loss], shape: [])) }
        try own(&outputs)
        try outputs.add(states)
        return outputs.tensors
    }

    private init(backend: any ComputeBackend) { self.backend = backend }

    /// Adds a tensor without padding it.
    mutating func add(_ name: String, _ tensor: Tensor?) throws {
        if let tensor {
            tensors.append(NamedTensor(name, floats: try backend.floats(tensor), shape: Array(tensor.shape)))
        }
    }

    /// Adds a tensor of packed tokens.
    mutating func add(_ name: String, packed: Tensor, _ layout: PaddedLayout) throws {
        let (values, shape) = try layout.padded(packed, on: backend)
        tensors.append(NamedTensor(name, floats: values, shape: Array(shape)))
    }

    mutating func add(_ tensor: NamedTensor) { tensors.append(tensor) }

    /// Adds the hidden states and attentions that were requested.
    private mutating func add(_ states: TrunkStates) throws {
        for (index, layer) in (states.hidden ?? []).enumerated() {
            let (values, shape) = try states.layout.padded(layer.tensor, sequences: layer.sequences, on: backend)
            tensors.append(NamedTensor("hidden_states.\(index)", floats: values, shape: Array(shape)))
        }
        for (name, layers) in [("attentions", states.attention), ("cross_attentions", states.crossAttention)] {
            for (index, layer) in (layers ?? []).enumerated() {
                let (values, shape) = try states.layout.paddedAttention(
                    layer.tensor, sequences: layer.sequences, crossing: name == "cross_attentions", on: backend)
                tensors.append(NamedTensor("\(name).\(index)", floats: values, shape: Array(shape)))
            }
        }
    }
}
