public import BertCore

/// What a model class is made of: a family's trunk and a head.
public struct ModelDesign<Head: Sendable>: Sendable {
    /// The family.
    public let family: ModelFamily
    /// Whether the trunk's names have no prefix, because the class is the trunk itself.
    let isBare: Bool
    let headSpecs: @Sendable (BertConfig) throws -> [ParameterSpec]
    let makeHead: @Sendable (WeightLoader, BertConfig) throws -> Head

    /// What the trunk's names begin with, dot included.
    func trunkPrefix(_ config: BertConfig) -> String { isBare ? "" : family.prefix(config) + "." }

    /// A family's trunk with a head of one's own.
    ///
    /// - Parameters:
    ///   - family: the family that the class belongs to.
    ///   - isBare: whether the trunk's names have no prefix, as in a class without a head.
    ///   - headSpecs: the head's parameters.
    ///   - makeHead: the head with its weights.
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

/// A model's trunk and head, with their weights on a backend.
public struct ModelParts<Head: Sendable>: Sendable {
    /// The configuration.
    public let config: BertConfig
    /// The values of the parameters.
    public let parameters: ParameterStore
    /// What the model computes on.
    public let backend: any ComputeBackend
    /// Embeddings and layers.
    public let trunk: Trunk
    /// What sits on them.
    public let head: Head
}
