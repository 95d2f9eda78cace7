public import BertCheckpoints
public import BertCore

/// What every model class has: a name in the catalogue, its parameters, and how it is loaded.
///
/// After `transformers`' `PreTrainedModel`.
public protocol BertPreTrainedModel: BackendBound {
    /// The family whose trunk the class has.
    static var family: ModelFamily { get }
    /// The parameters of the class for a configuration, under the names of a checkpoint.
    static func parameterSpecs(_ config: BertConfig) throws -> [ParameterSpec]
    /// Builds the model on a backend.
    init(config: BertConfig, parameters: ParameterStore, backend: any ComputeBackend) throws

    /// The configuration it was built from; a dummy throws its ``BackendUnavailableError``.
    var config: BertConfig { get throws }
    /// The values of its parameters, which stay in the checkpoint's file; a dummy throws its
    /// ``BackendUnavailableError``.
    var parameters: ParameterStore { get throws }
    /// What it computes on; a dummy throws its ``BackendUnavailableError``.
    var backend: any ComputeBackend { get throws }

    /// Runs the model with inputs and outputs as Python has them: by the names of `forward`'s arguments and of its
    /// output's fields, padded.
    ///
    /// - Throws: ``BertError`` with code `invalidInput`, naming the input; what the backend throws; a dummy its
    ///   ``BackendUnavailableError``.
    func namedOutputs(_ request: ForwardRequest) throws -> [NamedTensor]
}

extension BertPreTrainedModel {
    /// Loads a checkpoint folder in Hugging Face layout: `config.json` and `model.safetensors`, sharded or not.
    ///
    /// - Parameters:
    ///   - folder: its path.
    ///   - selection: the backend to compute on; nil leaves it to the task, then to `BERT_BACKEND`, then to `auto`.
    ///   - options: what to do about weights that don't fit.
    ///   - registry: the backends to choose from.
    /// - Throws: ``BackendUnavailableError`` before anything is read; ``BertError`` that names the file, the key and the fix.
    public static func fromPretrained(
        _ folder: String, backend selection: BackendSelection? = nil, options: LoadingOptions = LoadingOptions(),
        registry: BackendRegistry = .shared
    ) throws -> Self {
        let backend = try registry.backend(selection, for: modelName)
        return try fromPretrained(ModelFiles(folder: folder), on: backend, options: options)
    }

    /// Loads a checkpoint from files, wherever they are, onto a backend.
    ///
    /// - Throws: ``BertError`` that names the file, the key and the fix.
    public static func fromPretrained(
        _ files: ModelFiles, on backend: any ComputeBackend, options: LoadingOptions = LoadingOptions()
    ) throws -> Self {
        let config = try BertConfig(files, assuming: family)
        return try fromPretrained(config, Checkpoint(files), on: backend, options: options)
    }

    /// Loads weights with a configuration that need not be the one beside them: with more labels, for example.
    ///
    /// - Throws: ``BertError`` that names the file, the key and the fix.
    public static func fromPretrained(
        _ config: BertConfig, _ checkpoint: Checkpoint, on backend: any ComputeBackend,
        options: LoadingOptions = LoadingOptions()
    ) throws -> Self {
        var config = config
        let parameters = try parameterStore(&config, checkpoint, options: options)
        return try Self(config: config, parameters: parameters, backend: backend)
    }

    /// Finds the parameters of the class in a checkpoint, without building the model. The configuration is adapted to the
    /// checkpoint where a family has several layouts.
    ///
    /// - Throws: ``BertError`` that names the file, the key and the fix.
    public static func parameterStore(
        _ config: inout BertConfig, _ checkpoint: Checkpoint, options: LoadingOptions = LoadingOptions()
    ) throws -> ParameterStore {
        let (specs, unwrapped, wrapper) = try parameterSpecs(&config, of: checkpoint)
        if !wrapper.isEmpty {
            options.note("\(checkpoint.source): the names of all parameters begin with \(wrapper), which is ignored")
        }
        let parameters = try ParameterStore(
            specs, from: unwrapped, model: modelName, basePrefix: family.prefix(config),
            initializerRange: config.initializerRange, options: options)
        if options.checksValues { try parameters.checkValues(source: checkpoint.source) }
        return parameters
    }
}

extension BertPreTrainedModel {
    /// How a checkpoint fits the class, key by key; no weight is read, and nothing needs a backend.
    ///
    /// - Throws: ``BertError`` for a configuration that the class can't have.
    public static func loadingReport(_ config: BertConfig, _ checkpoint: Checkpoint) throws -> LoadingReport {
        var config = config
        let (specs, unwrapped, _) = try parameterSpecs(&config, of: checkpoint)
        return LoadingReport(specs, CheckpointKeys(specs, unwrapped, basePrefix: family.prefix(config)))
    }

    /// Adapts a configuration to a checkpoint, and finds the class's parameters and the prefix that a wrapper gave them.
    private static func parameterSpecs(
        _ config: inout BertConfig, of checkpoint: Checkpoint
    ) throws -> (specs: [ParameterSpec], checkpoint: Checkpoint, wrapper: String) {
        try family.recognise(&config, Set(checkpoint.names))
        let specs = try parameterSpecs(config)
        let wrapper = try WrapperPrefix.find(specs, checkpoint, basePrefix: family.prefix(config))
        guard !wrapper.isEmpty else { return (specs, checkpoint, "") }
        let unwrapped = checkpoint.removingPrefix(wrapper)
        try family.recognise(&config, Set(unwrapped.names))
        return (try parameterSpecs(config), unwrapped, wrapper)
    }
}

extension Dummy: BertPreTrainedModel where Model: BertPreTrainedModel {
    /// That of the class in whose place it is.
    public static var family: ModelFamily { Model.family }

    /// Those of the class it stands in for: listing them needs no backend.
    public static func parameterSpecs(_ config: BertConfig) throws -> [ParameterSpec] {
        try Model.parameterSpecs(config)
    }

    /// Always throws: a dummy never becomes real.
    public init(config: BertConfig, parameters: ParameterStore, backend: any ComputeBackend) throws {
        throw BertError(
            .invalidArgument,
            """
            Dummy\(Model.modelName) stands in for \(Model.modelName) and can't be created on the backend \
            "\(backend.info.name)": resolve \(Model.modelName) again now that the backend is there
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
