public import BertCheckpoints
public import BertCore
public import BertModels
import BertPipelines
import BertTokenizers

/// A model to be measured, with its task and its tokenizer.
public struct EvaluationSubject: Sendable {
    /// What the model does.
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
    ///   - files: the model's folder.
    ///   - className: which class of the catalogue; nil leaves it to `config.json`.
    ///   - task: what it does; nil leaves it to the class.
    ///   - backend: gives the backend for a class of this name.
    /// - Throws: `BertError` with file and key; what `backend` throws.
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

    /// Whether texts may leave the model before its last layer.
    public var hasOffRamps: Bool { model is any EarlyExitClassifier }

    /// How many numbers the model gives for a text.
    var labelCount: Int { config.numLabels }

    /// The logits of whole sequences at full depth.
    func logits(of sequences: [TrainingExample.Sequence]) throws -> [[Float]] {
        try Evaluator(model, hasTokenTypes: text.hasTokenTypes, measuresLayers: false).logits(of: sequences)
    }

    /// When texts leave if nothing else is asked for: as `config.json` says; nil if it says nothing, or never.
    ///
    /// - Throws: `BertError` with code `invalidConfiguration`.
    public var exitPolicy: ExitPolicy? {
        get throws {
            guard hasOffRamps else { return nil }
            let policy = try config.exitPolicy
            return policy == .never ? nil : policy
        }
    }

    /// The examples of records.
    ///
    /// - Parameters:
    ///   - records: rows of a table, or objects.
    ///   - texts: the names of the texts' columns; empty: the usual ones.
    ///   - label: the name of the label's column; nil: the usual one.
    ///   - maximumLength: the most tokens of an example.
    ///   - stride: by how many tokens windows over a context overlap.
    /// - Throws: `BertError` with file, line and column.
    public func encode(
        _ records: [DataRecord], texts: [String] = [], label: String? = nil, maximumLength: Int = 128,
        stride: Int = 128
    ) throws -> TrainingData {
        guard let first = records.first else { throw BertError(.invalidInput, "there is no example") }
        let columns = try DataColumns(of: first, for: task, texts: texts, label: label)
        return try ExampleEncoder(
            text, config, task: task, columns: columns, labels: task.hasClasses ? LabelSet(config) : nil,
            maximumLength: maximumLength, stride: stride
        ).encode(records)
    }

    /// Measures the model.
    ///
    /// - Parameters:
    ///   - data: labelled examples.
    ///   - policy: when texts leave; nil: never.
    ///   - perLayer: whether each layer's off-ramp is measured too.
    ///   - tokenBudget: the most tokens of a batch.
    /// - Throws: `BertError` if the model can't do the task or follow the policy.
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
    /// How a folder of sentence-transformers pools; the mean for a folder that doesn't say.
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
