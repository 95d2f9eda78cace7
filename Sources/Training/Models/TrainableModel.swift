public import BertCore
public import BertModels

/// A model whose parameters change: it holds each as one tensor, however many layers share it, and builds the model anew
/// from them for each step.
///
/// ```swift
/// let model = try TrainableModel(BertForSequenceClassification.self, config, parameters, on: backend)
/// let step = try model.differentiate { model in … }
/// for (index, gradient) in step.gradients.enumerated() { model.values[index] = … }
/// ```
public final class TrainableModel {
    /// The class.
    public let modelType: any BertPreTrainedModel.Type
    /// Its configuration.
    public let config: BertConfig
    /// What computes.
    public let backend: any ComputeBackend
    /// The parameters that are trained, each once, in the model's order.
    public let parameters: [ParameterSpec]
    /// Their values, in the same order.
    public var values: [Tensor]
    /// The names of the parameters that stay as they are, each once.
    public let frozen: [String]

    private let store: ParameterStore
    /// For every name, the name of the parameter that it is.
    private let owners: [String: String]
    private let constants: FrozenParameters

    /// A model of a class with these parameters.
    ///
    /// - Parameters:
    ///   - modelType: the class.
    ///   - config: its configuration, as ``BertPreTrainedModel/parameterStore(_:_:options:)`` left it.
    ///   - store: the parameters to begin with.
    ///   - backend: what computes.
    ///   - frozenPrecision: the precision of linear layers that are frozen; the backend's own if nil.
    ///   - isFrozen: whether the parameter of this name stays as it is. One that has several names is frozen by any of
    ///     them.
    /// - Throws: ``BertCore/BertError`` with code `invalidArgument` if nothing is left to train; `unsupported` for a backend
    ///   in int8; what the backend throws.
    public init(
        _ modelType: any BertPreTrainedModel.Type, _ config: BertConfig, _ store: ParameterStore,
        on backend: any ComputeBackend, frozenPrecision: Precision? = nil,
        freezing isFrozen: (String) throws -> Bool = { _ in false }
    ) throws {
        guard backend.info.precision != .int8 else {
            throw BertError(
                .unsupported,
                """
                layers that are trained can't have int8 weights: their gradients would be lost in the rounding; compute in \
                float32 or bfloat16, and have int8 for frozen layers alone
                """, key: "precision")
        }
        self.modelType = modelType
        self.config = config
        self.store = store
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
                .invalidArgument, "all \(own.count) parameters of \(modelType.modelName) are frozen: nothing is trained"
            )
        }
        values = try parameters.map { try store.upload($0.name, to: backend) }
        constants = FrozenParameters(
            frozenNames, store, backend,
            prepares: try frozenPrecision.map { try backend.computing(in: $0) } ?? backend)
    }

    /// Runs a step: builds the model on a tape, has `body` run it, and computes the gradients of what it gives.
    ///
    /// - Parameter body: is given the model, whose backend records; returns outputs with the gradients of the loss with
    ///   respect to them, and whatever else it wants to.
    /// - Returns: for each of ``parameters`` its gradient, nil where the loss doesn't reach it; and what `body` returned.
    /// - Throws: what `body` and the backend throw.
    public func differentiate<Result>(
        _ body: (any BertPreTrainedModel) throws -> (seeds: [(output: Tensor, gradient: Tensor)], result: Result)
    ) throws -> (gradients: [Tensor?], result: Result) {
        let tape = DifferentiatingBackend(base: backend, preparing: constants.prepares)
        let leaves = try zip(parameters, values).map { try tape.track($1, paddingRow: $0.paddingRow) }
        let (seeds, result) = try body(try build(leaves, on: tape))
        return (try tape.gradients(from: seeds, of: leaves), result)
    }

    /// The model with the present values, to compute with.
    ///
    /// - Throws: what the backend throws.
    public func model() throws -> any BertPreTrainedModel { try build(values, on: backend) }

    /// The present values, as a model is loaded from and saved.
    ///
    /// - Throws: what the backend throws.
    public func parameterStore() throws -> ParameterStore {
        var buffers: [String: HostBuffer] = [:]
        for (spec, value) in zip(parameters, values) { buffers[spec.name] = HostBuffer(try backend.floats(value)) }
        for (name, owner) in owners { buffers[name] = buffers[owner] }
        return store.replacing(buffers)
    }

    private func build(_ tensors: [Tensor], on backend: any ComputeBackend) throws -> any BertPreTrainedModel {
        let named = Dictionary(uniqueKeysWithValues: zip(parameters.map(\.name), tensors))
        let source = StepParameters(owners: owners, trained: named, constants: constants)
        return try modelType.init(config: config, parameters: store.supplied(by: source), backend: backend)
    }
}
