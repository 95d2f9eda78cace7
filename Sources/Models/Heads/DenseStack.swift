import BertCore

/// Linear layers one after the other, each with its activation: every head but a language model's.
struct DenseStack: Sendable {
    /// One of the layers, before its weights are there.
    struct Layer: Sendable {
        let name: String
        let outputSize: Int
        let activation: Activation?

        init(_ name: String, _ outputSize: Int, _ activation: Activation? = nil) {
            self.name = name
            self.outputSize = outputSize
            self.activation = activation
        }
    }

    private let layers: [(name: String, weights: PreparedLinear, activation: Activation?)]

    static func parameterSpecs(_ layers: [Layer], _ config: BertConfig) -> [ParameterSpec] {
        var inputSize = config.hiddenSize
        return layers.flatMap { layer in
            defer { inputSize = layer.outputSize }
            return ParameterSpec.linear(layer.name, in: inputSize, out: layer.outputSize)
        }
    }

    init(_ loader: WeightLoader, _ layers: [Layer]) throws {
        self.layers = try layers.map { ($0.name, try loader.linear($0.name), $0.activation) }
    }

    /// `[rows, hidden]` → `[rows, outputs of the last layer]`.
    func callAsFunction(_ x: Tensor, on backend: any ComputeBackend) throws -> Tensor {
        try layers.reduce(x) { x, layer in
            try OperationScope.with(layer.name, on: backend) {
                try backend.linear(x, layer.weights, activation: layer.activation, residual: nil)
            }
        }
    }
}

extension ModelFamily {
    /// tanh(dense(first token)): the layer that turns a sequence's first token into its representation, if the family
    /// has one.
    func poolerLayer(_ prefix: String, _ config: BertConfig) -> [DenseStack.Layer] {
        pooler.map { [DenseStack.Layer(prefix + $0, config.hiddenSize, .tanh)] } ?? []
    }
}
