public import BertCore

/// The composition of a model class: a family's trunk and a head.
public struct ModelDesign<Head: Sendable>: Sendable {
    /// The family.
    public let family: ModelFamily
    /// Whether the trunk's parameter names have no prefix, because the class has no head.
    let isBare: Bool
    let headSpecs: @Sendable (BertConfig) throws -> [ParameterSpec]
    let makeHead: @Sendable (WeightLoader, BertConfig) throws -> Head

    /// Returns the prefix of the trunk's parameter names, including the dot.
    func trunkPrefix(_ config: BertConfig) -> String { isBare ? "" : family.prefix(config) + "." }

    /// Creates a design from a family's trunk and a custom head.
    ///
    /// - Parameters:
    ///   - family: The family of the class.
    ///   - isBare: Whether the trunk's parameter names have no prefix, as in a class without a head.
    ///   - headSpecs: Returns the parameters of the head.
    ///   - makeHead: Creates the head from its weights.
    public init(
        _ family: ModelFamily, isBare: Bool = false,
        headSpecs: @escaping @Sendable (BertConfig) throws -> [ParameterSpec],
        makeHead: @escaping @Sendable (WeightLoader, BertConfig) throws -> Head
    ) {
        self.family = family
        self.isBare = isBare
        self.headSpecs = headSpecs
        self.makeHead = makeHead
    }

    func parameterSpecs(_ config: BertConfig) throws -> [ParameterSpec] {
        try Trunk.check(config, family)
        return try Trunk.parameterSpecs(trunkPrefix(config), config, family) + headSpecs(config)
    }

    func parts(_ config: BertConfig, _ parameters: ParameterStore, _ backend: any ComputeBackend) throws
        -> ModelParts<Head>
    {
        let loader = WeightLoader(parameters: parameters, backend: backend)
        return ModelParts(
            config: config, parameters: parameters, backend: backend,
            trunk: try Trunk(loader, prefix: trunkPrefix(config), config, family), head: try makeHead(loader, config))
    }
}

/// The trunk and the head of a model, with their weights on a backend.
public struct ModelParts<Head: Sendable>: Sendable {
    /// The configuration.
    public let config: BertConfig
    /// The parameter values.
    public let parameters: ParameterStore
    /// The backend of the model.
    public let backend: any ComputeBackend
    /// The embeddings and layers.
    public let trunk: Trunk
    /// The head.
    public let head: Head
}
