public import BertCore

/// A sequence of linear layers with activations and normalizations, used by all heads except language modeling heads.
public struct DenseStack: Sendable {
    /// A description of one layer: norm(act(dense(x))), or norm(act(dense(act(x)))) with an ``inputActivation``.
    public struct Layer: Sendable {
        /// The prefix of its parameter names, for example `classifier.dense`.
        public let name: String
        /// The number of output features.
        public let outputSize: Int
        /// The activation, if any.
        public let activation: Activation?
        /// The activation of the input, if any.
        public let inputActivation: Activation?
        /// Whether it has a bias.
        public let hasBias: Bool
        /// The layer normalization after the activation, if any.
        public let norm: NormDesign?

        /// The dropout rate of the input in training. If nil, layers with a name component that starts with
        /// `classifier` have ``DropoutRates/classifier``, and others have no dropout.
        public let dropout: Double?

        var isClassifier: Bool { name.split(separator: ".").contains { $0.hasPrefix("classifier") } }

        /// Creates a description of a layer.
        public init(
            _ name: String, _ outputSize: Int, _ activation: Activation? = nil, bias hasBias: Bool = true,
            norm: NormDesign? = nil, dropout: Double? = nil, inputActivation: Activation? = nil
        ) {
            self.inputActivation = inputActivation
            self.name = name
            self.outputSize = outputSize
            self.activation = activation
            self.hasBias = hasBias
            self.norm = norm
            self.dropout = dropout
        }
    }

    private struct Loaded: Sendable {
        let name: String
        let isClassifier: Bool
        let dropout: Double?
        let weights: PreparedLinear
        let activation: Activation?
        let inputActivation: Activation?
        let norm: LayerNormWeights?
    }
    private let layers: [Loaded]

    /// Returns the parameters of layers that are applied to hidden states `[rows, hidden]`.
    public static func parameterSpecs(_ layers: [Layer], _ config: BertConfig) -> [ParameterSpec] {
        var inputSize = config.hiddenSize
        return layers.flatMap { layer in
            defer { inputSize = layer.outputSize }
            return ParameterSpec.linear(layer.name, in: inputSize, out: layer.outputSize, bias: layer.hasBias)
                + (layer.norm.map { ParameterSpec.layerNorm($0, layer.outputSize) } ?? [])
        }
    }

    /// Creates the layers from their weights.
    public init(_ loader: WeightLoader, _ layers: [Layer], _ config: BertConfig) throws {
        self.layers = try layers.map { layer in
            Loaded(
                name: layer.name, isClassifier: layer.isClassifier, dropout: layer.dropout,
                weights: try loader.linear(layer.name, bias: layer.hasBias),
                activation: layer.activation, inputActivation: layer.inputActivation,
                norm: try layer.norm.map { try loader.layerNorm($0, epsilon: config.layerNormEps) })
        }
    }

    /// Applies the layers: `[rows, hidden]` → `[rows, outputs of the last layer]`.
    ///
    /// - Parameters:
    ///   - x: The input of the first layer.
    ///   - backend: The backend of the weights.
    ///   - dropout: The dropout of classifiers, in training.
    public func callAsFunction(
        _ x: Tensor, on backend: any ComputeBackend, dropout: PartDropout? = nil
    ) throws -> Tensor {
        try layers.enumerated().reduce(x) { x, element in
            let (place, layer) = element
            return try OperationScope.with(layer.name, on: backend) {
                var x = try layer.inputActivation.map { try backend.activation($0, x) } ?? x
                if let dropout, let rate = layer.dropout ?? (layer.isClassifier ? dropout.rates.classifier : nil) {
                    x = try dropout(x, at: place, rate: rate, on: backend)
                }
                let activation = layer.activation.map(LinearActivation.elementwise)
                let y = try backend.linear(x, layer.weights, activation: activation, residual: nil)
                return try layer.norm.map { try backend.layerNorm(y, residual: nil, $0) } ?? y
            }
        }
    }
}

extension ModelFamily {
    /// Returns the layer that pools the first token of a sequence, tanh(dense(first token)), if the family has one.
    func poolerLayer(_ prefix: String, _ config: BertConfig) -> [DenseStack.Layer] {
        pooler.map { [DenseStack.Layer(prefix + $0, config.hiddenSize, .tanh)] } ?? []
    }
}
