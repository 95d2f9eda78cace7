public import BertCheckpoints
public import BertCore
public import BertModels
import BertPipelines
import BertTokenizers

/// A model to evaluate, with its task and its tokenizer.
public struct EvaluationSubject: Sendable {
    /// The task of the model.
    public let task: TrainingTask
    /// The class of the model.
    public let modelName: String
    private let model: any BertPreTrainedModel
    private let config: BertConfig
    private let text: TextEncoder
    private let pooling: Pooling

    /// Loads a model.
    ///
    /// - Parameters:
    ///   - files: The model's folder.
    ///   - className: A class of the catalog, or nil for the class in `config.json`.
    ///   - task: The task, or nil for the task of the class.
    ///   - backend: Returns the backend for a class name.
    /// - Throws: `BertError` with file and key; errors of `backend`.
    public init(
        _ files: ModelFiles, as className: String? = nil, task: TrainingTask? = nil,
        backend: (String) throws -> any ComputeBackend
    ) throws {
        let folder = files
        let files = try files.transformerFiles()
        let read = try BertConfig(files)
        self.task = try task ?? TrainingTask(of: read, className: className)
        let name = try self.task.modelTask.className(files, as: className)
        let entry = try ModelCatalogue.shared.entry(name)
        model = try entry.modelType.fromPretrained(read, Checkpoint(files), on: backend(name), options: .strict)
        modelName = name
        config = try model.config
        if self.task.hasClasses { try config.checkLabelNames(source: files.path(of: BertConfig.fileName)) }
        text = try TextEncoder(files, maximumLength: nil, config: config)
        pooling = try self.task == .embedding ? Pooling(of: folder) : .mean
    }

    /// Whether texts can exit the model before its last layer.
    public var hasOffRamps: Bool { model is any EarlyExitClassifier }

    /// The number of outputs for a text.
    var labelCount: Int { config.numLabels }

    /// Returns the logits of sequences without early exit.
    func logits(of sequences: [TrainingExample.Sequence]) throws -> [[Float]] {
        try Evaluator(model, hasTokenTypes: text.hasTokenTypes, measuresLayers: false).logits(of: sequences)
    }

    /// The default exit policy from `config.json`, or nil if it specifies none.
    ///
    /// - Throws: `BertError` with code `invalidConfiguration`.
    public var exitPolicy: ExitPolicy? {
        get throws {
            guard hasOffRamps else { return nil }
            let policy = try config.exitPolicy
            return policy == .never ? nil : policy
        }
    }

    /// Encodes records as examples.
    ///
    /// - Parameters:
    ///   - records: Rows of a table, or objects.
    ///   - texts: The names of the columns with texts, or empty for the usual names.
    ///   - label: The name of the column with the label, or nil for the usual name.
    ///   - maximumLength: The maximum number of tokens of an example.
    ///   - stride: The number of tokens by which windows over a context overlap.
    /// - Throws: `BertError` with file, line and column.
    public func encode(
        _ records: [DataRecord], texts: [String] = [], label: String? = nil, maximumLength: Int = 128,
        stride: Int = 128
    ) throws -> TrainingData {
        guard let first = records.first else { throw BertError(.invalidInput, "there are no examples") }
        let columns = try DataColumns(of: first, for: task, texts: texts, label: label)
        return try ExampleEncoder(
            text, config, task: task, columns: columns, labels: task.hasClasses ? LabelSet(config) : nil,
            maximumLength: maximumLength, stride: stride
        ).encode(records)
    }

    /// Evaluates the model.
    ///
    /// - Parameters:
    ///   - data: Labeled examples.
    ///   - policy: The exit policy, or nil for no early exit.
    ///   - perLayer: Whether to also evaluate each layer's off-ramp.
    ///   - tokenBudget: The maximum number of tokens in a batch.
    /// - Throws: `BertError` if the model doesn't support the task or the policy.
    public func evaluate(
        _ data: TrainingData, policy: ExitPolicy? = nil, perLayer: Bool = false, tokenBudget: Int = 8_192
    ) throws -> EvaluationReport {
        var evaluator = try Evaluator(
            model, hasTokenTypes: text.hasTokenTypes, policy: policy, measuresLayers: perLayer)
        evaluator.tokenBudget = tokenBudget
        evaluator.pooling = pooling
        evaluator.masking = text.tokenizer.specialTokens.mask.map {
            Masking(mask: $0, vocabularySize: config.vocabSize, seed: 42)
        }
        return try evaluator.evaluate(data)
    }
}

extension Pooling {
    /// Creates the pooling of a sentence-transformers folder. The default is mean pooling.
    ///
    /// - Throws: `BertError` with code `unsupported` for modes that can't be trained.
    init(of files: ModelFiles) throws {
        guard files.contains("modules.json") else {
            self = .mean
            return
        }
        let modes = try EmbeddingSettings(files, pooling: nil, normalizes: nil, dimensions: nil).pooling
        guard modes.count == 1, let pooling = Pooling(rawValue: "\(modes[0])") else {
            throw BertError(
                .unsupported, "the pooling \(modes.map(\.rawValue).joined(separator: "+")) is not supported here",
                file: files.path(of: "modules.json"))
        }
        self = pooling
    }
}
