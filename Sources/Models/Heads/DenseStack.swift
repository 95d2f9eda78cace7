public import BertCore

/// Linear layers one after the other, each with its activation and normalisation: every head but a language model's.
public struct DenseStack: Sendable {
    /// One of the layers, before its weights are there: norm(act(dense(x))).
    public struct Layer: Sendable {
        /// Where its parameters are: `classifier.dense`.
        public let name: String
        /// How many features it gives.
        public let outputSize: Int
        /// The activation, if there is one.
        public let activation: Activation?
        /// Whether it has a bias.
        public let hasBias: Bool
        /// The layer normalisation behind the activation, if there is one.
        public let norm: NormDesign?

        /// Whether some of what it reads is left out in training: that of layers of which a part of the name begins with
        /// `classifier`, as in `transformers`.
        var isClassifier: Bool { name.split(separator: ".").contains { $0.hasPrefix("classifier") } }

        /// Describes a linear layer.
        public init(
            _ name: String, _ outputSize: Int, _ activation: Activation? = nil, bias hasBias: Bool = true,
            norm: NormDesign? = nil
        ) {
            self.name = name
            self.outputSize = outputSize
            self.activation = activation
            self.hasBias = hasBias
            self.norm = norm
        }
    }

    private struct Loaded: Sendable {
        let name: String
        let isClassifier: Bool
        let weights: PreparedLinear
        let activation: Activation?
        let norm: LayerNormWeights?
    }
    private let layers: [Loaded]

    /// The parameters of layers behind hidden states `[rows, hidden]`.
    public static func parameterSpecs(_ layers: [Layer], _ config: BertConfig) -> [ParameterSpec] {
        var inputSize = config.hiddenSize
        return layers.flatMap { layer in
            defer { inputSize = layer.outputSize }
            return ParameterSpec.linear(layer.name, in: inputSize, out: layer.outputSize, bias: layer.hasBias)
                + (layer.norm.map { ParameterSpec.layerNorm($0, layer.outputSize) } ?? [])
        }
    }

    /// The layers with their weights.
    public init(_ loader: WeightLoader, _ layers: [Layer], _ config: BertConfig) throws {
        self.layers = try layers.map { layer in
            Loaded(
                name: layer.name, isClassifier: layer.isClassifier,
                weights: try loader.linear(layer.name, bias: layer.hasBias),
                activation: layer.activation,
                norm: try layer.norm.map { try loader.layerNorm($0, epsilon: config.layerNormEps) })
        }
    }

    /// `[rows, hidden]` → `[rows, outputs of the last layer]`.
    ///
    /// - Parameters:
    ///   - x: what the first layer reads.
    ///   - backend: the backend of the weights.
    ///   - dropout: what classifiers leave out, in training.
    public func callAsFunction(
        _ x: Tensor, on backend: any ComputeBackend, dropout: PartDropout? = nil
    ) throws -> Tensor {
        try layers.enumerated().reduce(x) { x, element in
            let (place, layer) = element
            return try OperationScope.with(layer.name, on: backend) {
                var x = x
                if let dropout, layer.isClassifier {
                    x = try dropout(x, at: place, rate: dropout.rates.classifier, on: backend)
                }
                let activation = layer.activation.map(LinearActivation.elementwise)
                let y = try backend.linear(x, layer.weights, activation: activation, residual: nil)
                return try layer.norm.map { try backend.layerNorm(y, residual: nil, $0) } ?? y
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
