import BertCore

/// What a model class is made of: a family's trunk and a head.
public struct ModelDesign<Head: Sendable>: Sendable {
    let family: ModelFamily
    /// Whether the trunk's names have no prefix, because the class is the trunk itself.
    let isBare: Bool
    let headSpecs: @Sendable (BertConfig) -> [ParameterSpec]
    let makeHead: @Sendable (WeightLoader, BertConfig) throws -> Head

    /// What the trunk's names begin with, dot included.
    var trunkPrefix: String { isBare ? "" : family.prefix + "." }

    init(
        _ family: ModelFamily, isBare: Bool = false, headSpecs: @escaping @Sendable (BertConfig) -> [ParameterSpec],
        makeHead: @escaping @Sendable (WeightLoader, BertConfig) throws -> Head
    ) {
        self.family = family
        self.isBare = isBare
        self.headSpecs = headSpecs
        self.makeHead = makeHead
    }

    func parameterSpecs(_ config: BertConfig) throws -> [ParameterSpec] {
        try Encoder.check(config, family)
        return Encoder.parameterSpecs(trunkPrefix, config, family) + headSpecs(config)
    }

    func parts(_ config: BertConfig, _ parameters: ParameterStore, _ backend: any ComputeBackend) throws
        -> ModelParts<Head>
    {
        let loader = WeightLoader(parameters: parameters, backend: backend)
        return ModelParts(
            config: config, parameters: parameters, backend: backend,
            encoder: try Encoder(loader, name: trunkPrefix, config, family), head: try makeHead(loader, config))
    }
}

/// A model's trunk and head, with their weights on a backend.
public struct ModelParts<Head: Sendable>: Sendable {
    let config: BertConfig
    let parameters: ParameterStore
    let backend: any ComputeBackend
    let encoder: Encoder
    let head: Head
}
