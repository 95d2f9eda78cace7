public import BertCheckpoints
public import BertCore

/// The base protocol of all model classes: the name in the catalog, the parameters, and loading of checkpoints.
///
/// Corresponds to `PreTrainedModel` in `transformers`.
public protocol BertPreTrainedModel: BackendBound {
    /// The family that the class belongs to.
    static var family: ModelFamily { get }
    /// Returns the parameters of the class for a configuration, with their names in a checkpoint.
    static func parameterSpecs(_ config: BertConfig) throws -> [ParameterSpec]
    /// Creates the model on a backend.
    init(config: BertConfig, parameters: ParameterStore, backend: any ComputeBackend) throws

    /// The configuration of the model; a dummy throws its ``BackendUnavailableError``.
    var config: BertConfig { get throws }
    /// The parameter values, which stay in the checkpoint's file; a dummy throws its ``BackendUnavailableError``.
    var parameters: ParameterStore { get throws }
    /// The backend of the model; a dummy throws its ``BackendUnavailableError``.
    var backend: any ComputeBackend { get throws }

    /// Runs the model with named, padded inputs and outputs as in Python.
    ///
    /// The names are those of the arguments of `forward` and of the fields of its output.
    ///
    /// - Throws: ``BertError`` with code `invalidInput` that names the input; errors of the backend; the
    ///   ``BackendUnavailableError`` of a dummy.
    func namedOutputs(_ request: ForwardRequest) throws -> [NamedTensor]
}

extension BertPreTrainedModel {
    /// Loads a checkpoint folder in the Hugging Face layout: `config.json` and `model.safetensors`, sharded or not.
    ///
    /// - Parameters:
    ///   - folder: The path of the folder.
    ///   - selection: The backend; nil to use the selection of the task, of `BERT_BACKEND`, or else `auto`.
    ///   - options: The handling of missing and mismatched weights.
    ///   - registry: The registry of backends.
    /// - Throws: ``BackendUnavailableError`` before any file is read; ``BertError`` with the file, the key and a fix.
    public static func fromPretrained(
        _ folder: String, backend selection: BackendSelection? = nil, options: LoadingOptions = LoadingOptions(),
        registry: BackendRegistry = .shared
    ) throws -> Self {
        let backend = try registry.backend(selection, for: modelName)
        return try fromPretrained(ModelFiles(folder: folder), on: backend, options: options)
    }

    /// Loads a checkpoint from files onto a backend.
    ///
    /// - Throws: ``BertError`` with the file, the key and a fix.
    public static func fromPretrained(
        _ files: ModelFiles, on backend: any ComputeBackend, options: LoadingOptions = LoadingOptions()
    ) throws -> Self {
        let config = try BertConfig(files, assuming: family)
        return try fromPretrained(config, Checkpoint(files), on: backend, options: options)
    }

    /// Loads weights with a custom configuration, for example one with more labels.
    ///
    /// Packed weights next to the checkpoint are used if `bert convert` wrote them for this backend.
    ///
    /// - Throws: ``BertError`` with the file, the key and a fix.
    public static func fromPretrained(
        _ config: BertConfig, _ checkpoint: Checkpoint, on backend: any ComputeBackend,
        options: LoadingOptions = LoadingOptions()
    ) throws -> Self {
        var config = config
        var parameters = try parameterStore(&config, checkpoint, options: options)
        parameters.packed = try PackedWeights(
            of: checkpoint, on: backend, basePrefix: family.prefix(config), options)
        return try Self(config: config, parameters: parameters, backend: backend)
    }

    /// Finds the parameters of the class in a checkpoint, without creating the model.
    ///
    /// If checkpoints of the family have several layouts, the configuration is adapted to the checkpoint.
    ///
    /// - Throws: ``BertError`` with the file, the key and a fix.
    public static func parameterStore(
        _ config: inout BertConfig, _ checkpoint: Checkpoint, options: LoadingOptions = LoadingOptions()
    ) throws -> ParameterStore {
        let (specs, unwrapped, wrapper) = try parameterSpecs(&config, of: checkpoint)
        if !wrapper.isEmpty {
            options.note("\(checkpoint.source): the prefix \(wrapper) of all parameter names is ignored")
        }
        let parameters = try ParameterStore(
            specs, from: unwrapped, model: modelName, basePrefix: family.prefix(config),
            initializerRange: config.initializerRange, options: options)
        if options.checksValues { try parameters.checkValues(source: checkpoint.source) }
        return parameters
    }
}

extension BertPreTrainedModel {
    /// Compares the keys of a checkpoint with the parameters of the class. Requires no backend and doesn't read
    /// weights.
    ///
    /// - Throws: ``BertError`` for a configuration that is invalid for the class.
    public static func loadingReport(_ config: BertConfig, _ checkpoint: Checkpoint) throws -> LoadingReport {
        var config = config
        let (specs, unwrapped, _) = try parameterSpecs(&config, of: checkpoint)
        return LoadingReport(specs, CheckpointKeys(specs, unwrapped, basePrefix: family.prefix(config)))
    }

    /// Adapts a configuration to a checkpoint, and finds the parameters of the class and the prefix that a wrapper
    /// added.
    private static func parameterSpecs(
        _ config: inout BertConfig, of checkpoint: Checkpoint
    ) throws -> (specs: [ParameterSpec], checkpoint: Checkpoint, wrapper: String) {
        try family.recognise(&config, checkpoint)
        let specs = try parameterSpecs(config)
        let wrapper = try WrapperPrefix.find(specs, checkpoint, basePrefix: family.prefix(config))
        guard !wrapper.isEmpty else { return (specs, checkpoint, "") }
        let unwrapped = checkpoint.removingPrefix(wrapper)
        try family.recognise(&config, unwrapped)
        return (try parameterSpecs(config), unwrapped, wrapper)
    }
}

extension Dummy: BertPreTrainedModel where Model: BertPreTrainedModel {
    /// The family of the class that the dummy stands for.
    public static var family: ModelFamily { Model.family }

    /// Returns the parameters of the class that the dummy stands for, which doesn't require a backend.
    public static func parameterSpecs(_ config: BertConfig) throws -> [ParameterSpec] {
        try Model.parameterSpecs(config)
    }

    /// Always throws an error: a dummy can't be created like a model.
    public init(config: BertConfig, parameters: ParameterStore, backend: any ComputeBackend) throws {
        throw BertError(
            .invalidArgument,
            """
            Dummy\(Model.modelName) is a placeholder for \(Model.modelName) and can't be created on the available backend \
            "\(backend.info.name)"; resolve \(Model.modelName) again
            """)
    }

    /// Always throws ``Dummy/error``.
    public var config: BertConfig { get throws { throw error } }
    /// Always throws ``Dummy/error``.
    public var parameters: ParameterStore { get throws { throw error } }
    /// Always throws ``Dummy/error``.
    public var backend: any ComputeBackend { get throws { throw error } }

    /// Always throws ``Dummy/error``.
    public func namedOutputs(_ request: ForwardRequest) throws -> [NamedTensor] { throw error }
}
