public import BertCheckpoints
import BertCore
import BertJSON
public import BertModels
import BertPipelines
import BertTokenizers

/// A model to train, with its class, initial parameters, tokenizer and examples.
public struct TrainingSubject: Sendable {
    /// The initialization of parameters.
    public enum Initialisation: String, Sendable, CaseIterable {
        /// Parameters from the folder. A missing head is initialized.
        case pretrained
        /// New parameters: the matrices of linear layers from a Xavier uniform distribution, smaller ones for the outputs
        /// of residual branches; those of classifiers from that of `torch.nn.Linear`; embeddings from a normal
        /// distribution with `initializer_range`.
        case random
        /// New parameters like those of `transformers`, from a normal distribution with `initializer_range`.
        case normal
    }

    /// Options for a model and its data.
    public struct Options: Sendable {
        /// A class of the catalog. If it is nil, the class in `config.json` is used if it supports the task, or else
        /// the class of the model's family.
        public var className: String?
        /// The task to train, or nil for the task of the class.
        public var task: TrainingTask?
        /// The initialization of parameters.
        public var initialisation = Initialisation.pretrained
        /// The seed of new parameters.
        public var seed: UInt64 = 42
        /// Whether to replace a head with mismatched sizes by a new one.
        public var ignoresMismatchedSizes = false
        /// The names of the columns with texts, or empty for the usual names.
        public var textColumns: [String] = []
        /// The name of the column with the label, or nil for the usual name.
        public var labelColumn: String?
        /// The maximum number of tokens of an example. The default is 128, or 384 for question answering.
        public var maximumLength: Int?
        /// The number of tokens by which windows over a context overlap.
        public var stride = 128
        /// Whether a cross-encoder is trained with the squared error instead of the binary cross-entropy.
        public var usesSquaredError = false
        /// The range of the scores of pairs for sentence embeddings; nil for any scores. Those of cross-encoders must
        /// be from 0 to 1 for the binary cross-entropy.
        public var scores: ClosedRange<Double>?
        /// The dropout probability of all layers, instead of those in `config.json`.
        public var dropout: Double?

        /// Creates default options.
        public init() {}
    }

    /// The task to train.
    public let task: TrainingTask
    /// The class of the model.
    public let modelType: any BertPreTrainedModel.Type
    /// The configuration, including labels.
    public let config: BertConfig
    /// The names of the parameters that aren't in the checkpoint.
    public let newParameters: [String]
    /// The training examples.
    public let training: TrainingData
    /// The validation examples.
    public let validation: TrainingData?
    /// The test examples, for predictions.
    public let test: TrainingData?
    /// The columns that are used.
    public let columns: DataColumns
    /// The maximum number of tokens of an example.
    public let maximumLength: Int

    private(set) var store: ParameterStore
    let hasTokenTypes: Bool
    /// The mask token, for masked language models.
    let maskToken: Int32?
    let pooling: Pooling
    let usesSquaredError: Bool
    /// The names and contents of files that are saved with the weights.
    let companions: [(name: String, bytes: [UInt8])]

    /// Returns a copy that doesn't hold the initial values of the parameters.
    func withoutValues() -> TrainingSubject {
        var copy = self
        copy.store = store.withoutValues(of: store.names)
        return copy
    }

    /// Prepares a model and its data.
    ///
    /// - Parameters:
    ///   - files: The model's folder. For a new model, it contains `config.json`.
    ///   - tokenizer: The tokenizer's folder, if it is different.
    ///   - training: The training examples.
    ///   - validation: The validation examples.
    ///   - test: The test examples.
    ///   - options: Options such as task, class, columns and lengths.
    /// - Throws: `BertError` with file, line and column of an invalid example, or with file and key of the model.
    public init(
        _ files: ModelFiles, tokenizer: ModelFiles? = nil, training: [DataRecord], validation: [DataRecord]? = nil,
        test: [DataRecord]? = nil, options: Options = Options()
    ) throws {
        let folder = files
        let files = try files.transformerFiles()
        var config = try BertConfig(files)
        if let dropout = options.dropout { try config.setDropout(dropout) }
        let task = try options.task ?? TrainingTask(of: config, className: options.className)
        let entry = try Self.entry(task, config, options.className)
        guard let first = training.first else { throw BertError(.invalidInput, "there are no training examples") }
        let columns = try DataColumns(
            of: first, for: task, texts: options.textColumns, label: options.labelColumn)

        // The head is new if the checkpoint has none, or if it has the head of another class.
        let isFresh = options.initialisation != .pretrained
        let checkpoint = isFresh ? try Checkpoint.empty(files) : try Checkpoint(files)
        let hasHead = try !isFresh && Self.hasHead(entry.modelType, config, checkpoint)
        try Self.setLabels(&config, task, columns, training, keepsLabels: hasHead, options)
        (store, newParameters) = try Self.parameters(
            entry.modelType, &config, checkpoint, isFresh: isFresh, hasHead: hasHead, options)
        self.task = task
        self.columns = columns
        modelType = entry.modelType
        self.config = config
        let tokenizerFiles = tokenizer ?? files
        let text = try TextEncoder(tokenizerFiles, maximumLength: nil, config: config)
        hasTokenTypes = text.hasTokenTypes
        maskToken = text.tokenizer.specialTokens.mask
        pooling = try task == .embedding ? Pooling(of: folder) : .mean
        usesSquaredError = options.usesSquaredError
        companions = try Self.companions(task == .embedding ? folder : files, tokenizerFiles)
        let encoder = ExampleEncoder(
            text, config, task: task, columns: columns, labels: task.hasClasses ? LabelSet(config) : nil,
            maximumLength: options.maximumLength ?? (task == .questionAnswering ? 384 : 128), stride: options.stride,
            scores: task == .crossEncoder ? (options.usesSquaredError ? nil : 0...1) : options.scores)
        maximumLength = encoder.maximumLength
        self.training = try encoder.encode(training)
        try self.training.checkClasses(file: first.file, column: columns.label)
        func others(_ records: [DataRecord]?, needsLabel: Bool) throws -> TrainingData? {
            guard let records, let first = records.first else { return nil }
            let own = try DataColumns(
                of: first, for: task, texts: columns.texts, label: columns.label, needsLabel: needsLabel)
            return try ExampleEncoder(encoder, own).encode(records)
        }
        self.validation = try others(validation, needsLabel: true)
        self.test = try others(test, needsLabel: false)
    }

    /// Creates a subject from a custom model and its data.
    ///
    /// - Parameters:
    ///   - modelType: The class.
    ///   - config: The configuration.
    ///   - parameters: The initial parameters.
    ///   - training: The training examples.
    ///   - validation: The validation examples.
    ///   - hasTokenTypes: Whether the model has token types.
    public init(
        _ modelType: any BertPreTrainedModel.Type, _ config: BertConfig, _ parameters: ParameterStore,
        training: TrainingData, validation: TrainingData? = nil, hasTokenTypes: Bool = true
    ) {
        task = training.task
        self.modelType = modelType
        self.config = config
        store = parameters
        newParameters = []
        self.training = training
        self.validation = validation
        test = nil
        columns = DataColumns(texts: [], label: nil)
        maximumLength = config.maximumTokens
        self.hasTokenTypes = hasTokenTypes
        maskToken = nil
        pooling = .mean
        usesSquaredError = false
        companions = []
    }

    /// Returns the class for a task.
    private static func entry(_ task: TrainingTask, _ config: BertConfig, _ name: String?) throws -> CatalogueEntry {
        let catalogue = ModelCatalogue.shared
        if let name {
            let entry = try catalogue.entry(name)
            guard task.modelTask.isDone(by: entry.modelType) else {
                throw BertError(
                    .invalidArgument, "\(name) is not a class for \(task.rawValue)", key: "--class",
                    value: .string(name))
            }
            return entry
        }
        if let own = config.architectures.first, let entry = try? catalogue.entry(own),
            task.modelTask.isDone(by: entry.modelType)
        {
            return entry
        }
        return try catalogue.entry(for: task.modelTask, of: config.family)
    }

    /// Returns whether a checkpoint has all parameters of a class's head.
    private static func hasHead(
        _ type: any BertPreTrainedModel.Type, _ config: BertConfig, _ checkpoint: Checkpoint
    ) throws -> Bool {
        let report = try type.loadingReport(config, checkpoint)
        let prefix = type.family.prefix(config) + "."
        return !report.missingKeys.contains { !$0.hasPrefix(prefix) || $0.contains("highway") }
    }

    private static func setLabels(
        _ config: inout BertConfig, _ task: TrainingTask, _ columns: DataColumns, _ records: [DataRecord],
        keepsLabels: Bool, _ options: Options
    ) throws {
        switch task {
        case .classification, .multiLabel, .tokenClassification:
            config.problemType =
                task == .multiLabel
                ? .multiLabelClassification : task == .classification ? .singleLabelClassification : config.problemType
            guard let column = columns.label, !keepsLabels || options.ignoresMismatchedSizes else { return }
            let isVector =
                task == .multiLabel
                && records.first?.members[column]?.arrayValue?.allSatisfy { $0.stringValue == nil } == true
            if isVector {
                let count = records.first?.members[column]?.arrayValue?.count ?? 0
                if count != config.numLabels { config.setNumLabels(count) }
                return
            }
            let own = LabelSet(config)
            let found = try LabelSet(foundIn: records, column: column, task: task)
            // The label names of the configuration are kept if they match the data.
            let fits = records.allSatisfy { record in
                (try? LabelSet.values(record, column, task).allSatisfy {
                    _ = try own.id($0, in: record, column: column)
                    return true
                }) ?? false
            }
            if !(fits && (LabelSet.areNamed(config) || own.names.count == found.names.count)) {
                config.setLabels(found.names)
            }
        case .regression:
            config.problemType = .regression
            if !keepsLabels { config.setNumLabels(records.first?.members[columns.label ?? ""]?.arrayValue?.count ?? 1) }
        case .crossEncoder:
            config.problemType = options.usesSquaredError ? .regression : .multiLabelClassification
            if !keepsLabels { config.setNumLabels(1) }
            guard config.numLabels == 1 else {
                throw BertError(
                    .invalidArgument,
                    "a cross-encoder requires one label, but the model has \(config.numLabels); use --task classification",
                    key: "--task")
            }
        case .questionAnswering: if !keepsLabels { config.setNumLabels(2) }
        case .maskedLM, .embedding: return
        }
    }

    private static func parameters(
        _ type: any BertPreTrainedModel.Type, _ config: inout BertConfig, _ checkpoint: Checkpoint, isFresh: Bool,
        hasHead: Bool, _ options: Options
    ) throws -> (ParameterStore, [String]) {
        var loading = LoadingOptions(missing: .initialise(seed: options.seed))
        loading.ignoreMismatchedSizes = options.ignoresMismatchedSizes
        if isFresh {
            var store = try type.parameterStore(&config, checkpoint, options: loading)
            if options.initialisation == .random {
                store = store.withXavierMatrices(
                    of: try type.parameterSpecs(config), residualOutputs: try type.residualOutputs(config),
                    seed: options.seed)
            }
            return (store, store.names)
        }
        let report = try type.loadingReport(config, checkpoint)
        let specs = try type.parameterSpecs(config)
        let optional = Set(specs.filter(\.isOptional).map(\.name))
        let missing = report.missingKeys.filter { !optional.contains($0) }
        let prefix = type.family.prefix(config) + "."
        // A missing head is initialized, but an incomplete encoder is an error.
        let holes = missing.filter { $0.hasPrefix(prefix) && !$0.contains("highway") && !$0.contains("pooler") }
        guard holes.isEmpty else {
            throw BertError(
                .weightsMismatch,
                "the checkpoint has no values for \(holes.count) parameters of the trunk: \(holes.prefix(8).joined(separator: ", "))",
                file: checkpoint.source, key: holes[0])
        }
        if missing.isEmpty, report.mismatchedKeys.isEmpty {
            return (try type.parameterStore(&config, checkpoint, options: .strict), [])
        }
        var store = try type.parameterStore(&config, checkpoint, options: loading)
        store = try store.copyingPooler(type.family.poolerName, to: missing)
        let replaced = report.mismatchedKeys.map { $0.split(separator: ":").first.map(String.init) ?? $0 }
        return (store, missing + replaced)
    }

    /// Returns the files to save with the weights: those of the tokenizer and, for embeddings, of the modules after the
    /// model.
    private static func companions(
        _ folder: ModelFiles, _ tokenizer: ModelFiles
    ) throws -> [(name: String, bytes: [UInt8])] {
        let ofTokenizer = [
            "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.txt",
            "vocab.json", "merges.txt", "spiece.model", "sentencepiece.bpe.model", "sentencepiece.model",
            "tokenizer.model", "spm.model", "bpe.codes", "dict.txt",
        ]
        var files = try ofTokenizer.filter(tokenizer.contains).map { ($0, try tokenizer.read($0)) }
        let ofFolder = [
            "modules.json", "sentence_bert_config.json", "config_sentence_transformers.json", "1_Pooling/config.json",
            "2_Normalize/config.json",
        ]
        files += try ofFolder.filter(folder.contains).map { ($0, try folder.read($0)) }
        return files
    }
}

extension Checkpoint {
    /// Returns a checkpoint without tensors, for a new model.
    static func empty(_ files: ModelFiles) throws -> Checkpoint {
        let header = Array("{}      ".utf8)
        let length = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) }
        return try Checkpoint(
            ModelFiles(name: files.location, files: ["model.safetensors": HostBuffer(length + header)]))
    }
}

extension ParameterStore {
    /// Returns the parameters with the encoder's pooler copied to each new off-ramp, like DeeBERT's initialization.
    func copyingPooler(_ pooler: String, to names: [String]) throws -> ParameterStore {
        var values: [String: HostBuffer] = [:]
        for name in names where name.contains(".highway.") && name.contains(".pooler.") {
            guard let range = name.firstRange(of: "encoder.highway."), let part = name.split(separator: ".").last else {
                continue
            }
            if let tensor = self["\(name[..<range.lowerBound])\(pooler).\(part)"] {
                values[name] = try tensor.float32()
            }
        }
        return replacing(values)
    }
}

extension TrainingData {
    /// Checks that there is more than one class.
    func checkClasses(file: String?, column: String?) throws {
        guard task == .classification, let first = examples.first?.target, case .label(let label) = first,
            examples.allSatisfy({ $0.target == first })
        else { return }
        let name = labels.indices.contains(Int(label)) ? labels[Int(label)] : String(label)
        throw BertError(
            .invalidInput, "all examples have the one label \(name); at least two classes are required", file: file,
            key: column, value: 1, limit: 2)
    }
}
