import BertCore

/// Collects a model's outputs, padded and by Python's names.
struct NamedOutputs {
    private var tensors: [NamedTensor] = []
    private let backend: any ComputeBackend

    /// The outputs of a model: its loss, then what it gives itself, then its trunk's states.
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

    /// A tensor as it is.
    mutating func add(_ name: String, _ tensor: Tensor?) throws {
        if let tensor {
            tensors.append(NamedTensor(name, floats: try backend.floats(tensor), shape: Array(tensor.shape)))
        }
    }

    /// A tensor over packed tokens.
    mutating func add(_ name: String, packed: Tensor, _ layout: PaddedLayout) throws {
        let (values, shape) = try layout.padded(packed, on: backend)
        tensors.append(NamedTensor(name, floats: values, shape: Array(shape)))
    }

    mutating func add(_ tensor: NamedTensor) { tensors.append(tensor) }

    /// Hidden states and attentions, as far as they were asked for.
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
