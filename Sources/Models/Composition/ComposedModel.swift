public import BertCore

/// A model class that is a family's trunk with a head: all that such a class says is which.
public protocol ComposedModel: BertPreTrainedModel {
    /// What sits on the trunk.
    associatedtype Head: Sendable
    /// The family and the head.
    static var design: ModelDesign<Head> { get }
    /// The trunk and the head with their weights.
    var parts: ModelParts<Head> { get }
    /// The model of these parts.
    init(parts: ModelParts<Head>)

    /// The configuration it was built from.
    var config: BertConfig { get }
    /// What it computes on.
    var backend: any ComputeBackend { get }
}

extension ComposedModel {
    public static var family: ModelFamily { design.family }

    public static func parameterSpecs(_ config: BertConfig) throws -> [ParameterSpec] {
        try design.parameterSpecs(config)
    }

    public init(config: BertConfig, parameters: ParameterStore, backend: any ComputeBackend) throws {
        self.init(parts: try Self.design.parts(config, parameters, backend))
    }

    /// The configuration it was built from.
    public var config: BertConfig { parts.config }
    /// What it computes on.
    public var backend: any ComputeBackend { parts.backend }
    /// The values of its parameters, and how the checkpoint fitted.
    public var parameters: ParameterStore { parts.parameters }
}
