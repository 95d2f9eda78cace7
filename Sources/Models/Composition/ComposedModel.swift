public import BertCore

/// A model class composed of a family's trunk and a head.
public protocol ComposedModel: BertPreTrainedModel {
    /// The type of the head.
    associatedtype Head: Sendable
    /// The family and the head of the class.
    static var design: ModelDesign<Head> { get }
    /// The trunk and the head with their weights.
    var parts: ModelParts<Head> { get }
    /// Creates a model from its parts.
    init(parts: ModelParts<Head>)

    /// The configuration of the model.
    var config: BertConfig { get }
    /// The backend of the model.
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

    /// The configuration of the model.
    public var config: BertConfig { parts.config }
    /// The backend of the model.
    public var backend: any ComputeBackend { parts.backend }
    /// The parameter values, with the report of how the checkpoint was loaded.
    public var parameters: ParameterStore { parts.parameters }
}
