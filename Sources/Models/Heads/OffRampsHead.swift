public import BertCore

/// A pooler and a classifier on the first token, used after a layer or at the end.
struct OffRamp: Sendable {
    private let pooler: DenseStack
    private let classifier: DenseStack

    init(pooler: DenseStack, classifier: DenseStack) {
        self.pooler = pooler
        self.classifier = classifier
    }

    /// Applies pooler and classifier to first tokens: `[sequences, hidden]` → `[sequences, hidden]` and `[sequences,
    /// labels]`.
    func callAsFunction(
        _ firstTokens: Tensor, on backend: any ComputeBackend, dropout: PartDropout? = nil
    ) throws -> OffRampAnswer {
        let pooled = try pooler(firstTokens, on: backend)
        return OffRampAnswer(pooled: pooled, logits: try classifier(pooled, on: backend, dropout: dropout))
    }
}

/// A head with an off-ramp after every layer and a final classifier.
public struct OffRampsHead: OffRampHead {
    /// One off-ramp per layer.
    let offRamps: [OffRamp]
    /// The final classifier.
    let last: OffRamp

    public func offRamp(
        after layer: Int, _ firstTokens: Tensor, on backend: any ComputeBackend
    ) throws -> OffRampAnswer {
        try offRamps[layer](firstTokens, on: backend)
    }

    public func final(_ firstTokens: Tensor, on backend: any ComputeBackend) throws -> OffRampAnswer {
        try last(firstTokens, on: backend)
    }

    public func offRamp(
        after layer: Int, _ firstTokens: Tensor, on backend: any ComputeBackend, dropout: PartDropout?
    ) throws -> OffRampAnswer {
        try offRamps[layer](firstTokens, on: backend, dropout: dropout)
    }

    public func final(
        _ firstTokens: Tensor, on backend: any ComputeBackend, dropout: PartDropout?
    ) throws -> OffRampAnswer {
        try last(firstTokens, on: backend, dropout: dropout)
    }
}

extension ModelDesign where Head == OffRampsHead {
    /// Returns a DeeBERT design: each off-ramp and the final classifier have their own poolers. That of the final
    /// classifier is the family's, or `pooler.dense` if the family has none.
    public static func highways(_ family: ModelFamily) -> Self {
        @Sendable func final(_ prefix: String, _ config: BertConfig) -> [DenseStack.Layer] {
            [
                DenseStack.Layer(prefix + family.poolerName, config.hiddenSize, .tanh),
                DenseStack.Layer("classifier", config.numLabels),
            ]
        }
        return ModelDesign(family) { config in
            let prefix = family.prefix(config) + "."
            return highwaySpecs(prefix, config) + DenseStack.parameterSpecs(final(prefix, config), config)
        } makeHead: { loader, config in
            let prefix = family.prefix(config) + "."
            func ramp(_ layers: [DenseStack.Layer]) throws -> OffRamp {
                OffRamp(
                    pooler: try DenseStack(loader, Array(layers.dropLast()), config),
                    classifier: try DenseStack(loader, Array(layers.suffix(1)), config))
            }
            return OffRampsHead(
                offRamps: try (0..<config.numHiddenLayers).map { try ramp(highway($0, prefix, config)) },
                last: try ramp(final(prefix, config)))
        }
    }

    /// Returns a PABEE design: one shared pooler and a classifier per layer, the last of which is the final one.
    public static func sharedPooler(_ family: ModelFamily) -> Self {
        let prefix = family.prefix + "."
        return ModelDesign(family) { config in
            DenseStack.parameterSpecs(family.poolerLayer(prefix, config), config)
                + (0..<config.numHiddenLayers).flatMap {
                    DenseStack.parameterSpecs([classifier($0, config)], config)
                }
        } makeHead: { loader, config in
            let pooler = try DenseStack(loader, family.poolerLayer(prefix, config), config)
            let offRamps = try (0..<config.numHiddenLayers).map {
                OffRamp(pooler: pooler, classifier: try DenseStack(loader, [classifier($0, config)], config))
            }
            return OffRampsHead(offRamps: offRamps, last: offRamps[config.numHiddenLayers - 1])
        }
    }

    private static func classifier(_ layer: Int, _ config: BertConfig) -> DenseStack.Layer {
        DenseStack.Layer("classifiers.\(layer)", config.numLabels)
    }
}

extension ModelDesign where Head == PoolerHead {
    /// Returns the design of DeeBERT's trunk without a head, including the parameters of the off-ramps.
    public static func bareWithHighways(_ family: ModelFamily) -> Self { bare(family) { highwaySpecs("", $0) } }
}

extension ModelDesign {
    /// Returns the parameters of DeeBERT's off-ramps ("highways").
    fileprivate static func highwaySpecs(_ prefix: String, _ config: BertConfig) -> [ParameterSpec] {
        (0..<config.numHiddenLayers).flatMap { DenseStack.parameterSpecs(highway($0, prefix, config), config) }
    }

    fileprivate static func highway(_ layer: Int, _ prefix: String, _ config: BertConfig) -> [DenseStack.Layer] {
        let name = "\(prefix)encoder.highway.\(layer)"
        return [
            DenseStack.Layer("\(name).pooler.dense", config.hiddenSize, .tanh),
            DenseStack.Layer("\(name).classifier", config.numLabels),
        ]
    }
}
