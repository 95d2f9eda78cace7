public import BertCore
public import BertModels

/// A model with trainable parameters. It stores each parameter as one tensor, even if several layers share it, and
/// creates a new model from the parameters for each step.
///
/// ```swift
/// let model = try TrainableModel(BertForSequenceClassification.self, config, parameters, on: backend)
/// let step = try model.differentiate { model in … }
/// for (index, gradient) in step.gradients.enumerated() { model.values[index] = … }
/// ```
public final class TrainableModel {
    /// The class of the model.
    public let modelType: any BertPreTrainedModel.Type
    /// The configuration of the model.
    public let config: BertConfig
    /// The backend that computes.
    public let backend: any ComputeBackend
    /// The trained parameters in the model's order. Shared parameters are listed once.
    public let parameters: [ParameterSpec]
    /// The values of the parameters, in the same order.
    public var values: [Tensor]
    /// The names of the frozen parameters. Shared parameters are listed once.
    public let frozen: [String]

    private let store: ParameterStore
    /// The name of the parameter that each name refers to.
    private let owners: [String: String]
    private let constants: FrozenParameters

    /// Creates a model of a class with the given parameters.
    ///
    /// - Parameters:
    ///   - modelType: The class.
    ///   - config: The configuration returned by ``BertPreTrainedModel/parameterStore(_:_:options:)``.
    ///   - store: The initial parameters.
    ///   - backend: The backend that computes.
    ///   - frozenPrecision: The precision of frozen linear layers. The default is the backend's own.
    ///   - isFrozen: Returns whether the parameter with a name is frozen. A parameter with several names is frozen if
    ///     it returns true for any of them.
    /// - Throws: ``BertCore/BertError`` with code `invalidArgument` if all parameters are frozen; `unsupported` for an
    ///   int8 backend; errors of the backend.
    public init(
        _ modelType: any BertPreTrainedModel.Type, _ config: BertConfig, _ store: ParameterStore,
        on backend: any ComputeBackend, frozenPrecision: Precision? = nil,
        freezing isFrozen: (String) throws -> Bool = { _ in false }
    ) throws {
        guard backend.info.precision != .int8 else {
            throw BertError(
                .unsupported,
                """
                int8 weights can't be trained, because updates would be lost in rounding; use \
                float32 or bfloat16, and int8 only for frozen layers
                """, key: "precision")
        }
        self.modelType = modelType
        self.config = config
        self.backend = backend
        let specs = try modelType.parameterSpecs(config).filter { store[$0.name] != nil }
        var owners: [String: String] = [:]
        for spec in specs { owners[spec.name] = spec.tiedTo.flatMap { owners[$0] } ?? spec.name }
        self.owners = owners
        let frozenNames = Set(try specs.filter { try isFrozen($0.name) }.compactMap { owners[$0.name] })
        let own = specs.filter { owners[$0.name] == $0.name }
        parameters = own.filter { !frozenNames.contains($0.name) }
        frozen = own.map(\.name).filter(frozenNames.contains)
        guard !parameters.isEmpty else {
            throw BertError(
                .invalidArgument,
                "all \(own.count) parameters of \(modelType.modelName) are frozen, so there is nothing to train",
                key: "freeze")
        }
        values = try parameters.map { try store.upload($0.name, to: backend) }
        // The initial values would only take memory, since parameters are updated in new tensors.
        let trained = owners.filter { !frozenNames.contains($0.value) }.keys
        self.store = store.withoutValues(of: trained)
        constants = FrozenParameters(
            frozenNames, self.store, backend,
            prepares: try frozenPrecision.map { try backend.computing(in: $0) } ?? backend)
    }

    /// Runs a step: creates the model with a new tape, calls `body`, and computes gradients.
    ///
    /// - Parameter body: Receives the model, whose backend records operations. Returns outputs with the gradients of
    ///   the loss with respect to them, and any other result.
    /// - Returns: The gradient of each parameter in ``parameters``, or nil if the loss doesn't depend on it, and the
    ///   result of `body`.
    /// - Throws: Errors of `body` and the backend.
    public func differentiate<Result>(
        _ body: (any BertPreTrainedModel) throws -> (seeds: [(output: Tensor, gradient: Tensor)], result: Result)
    ) throws -> (gradients: [Tensor?], result: Result) {
        let tape = DifferentiatingBackend(base: backend, preparing: constants.prepares)
        let leaves = try zip(parameters, values).map { try tape.track($1, paddingRow: $0.paddingRow) }
        let (seeds, result) = try body(try build(leaves, on: tape))
        return (try tape.gradients(from: seeds, of: leaves), result)
    }

    /// Creates a model for inference with the current values.
    ///
    /// - Throws: Errors of the backend.
    public func model() throws -> any BertPreTrainedModel { try build(values, on: backend) }

    /// Returns the current values in a store that models can be loaded from and saved with.
    ///
    /// - Throws: Errors of the backend.
    public func parameterStore() throws -> ParameterStore {
        var buffers: [String: HostBuffer] = [:]
        for (spec, value) in zip(parameters, values) { buffers[spec.name] = HostBuffer(try backend.floats(value)) }
        for (name, owner) in owners { buffers[name] = buffers[owner] }
        return store.replacing(buffers)
    }

    /// The values of a parameter that is frozen.
    func frozenValues(_ name: String) throws -> [Float] { try backend.floats(constants.tensor(owners[name] ?? name)) }

    private func build(_ tensors: [Tensor], on backend: any ComputeBackend) throws -> any BertPreTrainedModel {
        let named = Dictionary(uniqueKeysWithValues: zip(parameters.map(\.name), tensors))
        let source = StepParameters(owners: owners, trained: named, constants: constants)
        return try modelType.init(config: config, parameters: store.supplied(by: source), backend: backend)
    }
}
