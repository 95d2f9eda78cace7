import BertCheckpoints
import BertCore
import BertModels
import BertTokenizers

/// A loaded model with its configuration, tokenizer and backend.
struct LoadedModel<Model: Sendable>: Sendable {
    let model: Model
    /// The name of the class.
    let name: String
    let config: BertConfig
    let text: TextEncoder
    let backend: any ComputeBackend

    /// Loads the class for a task.
    ///
    /// - Parameters:
    ///   - className: The name of a class in the catalog; nil to use the one in `config.json`.
    ///   - maximumLength: The maximum number of tokens in a text, if specified outside of the tokenizer.
    ///   - lowercases: Whether to convert texts to lower case first, except for special tokens in them.
    /// - Throws: ``BertError`` with file and key.
    init(
        _ files: ModelFiles, for task: ModelTask, as className: String?, maximumLength: Int? = nil,
        lowercases: Bool = false, on backend: any ComputeBackend
    ) throws {
        let config = try BertConfig(files)
        let entry = try task.entry(config, as: className, files)
        text = try TextEncoder(files, maximumLength: maximumLength, config: config, lowercases: lowercases)
        let loaded = try entry.modelType.fromPretrained(config, Checkpoint(files), on: backend, options: .strict)
        guard let model = loaded as? Model else {
            throw BertError(.unsupported, "\(entry.name) is not a class for \(task)")
        }
        self.model = model
        // The configuration adapted to the checkpoint.
        self.config = try loaded.config
        name = entry.name
        self.backend = backend
    }

    /// Returns the model input of a batch.
    func input(_ batch: TextBatches.Batch) -> ModelInput {
        var input = batch.input
        if !text.hasTokenTypes { input.tokenTypes = nil }
        return input
    }
}

extension ModelFiles {
    /// Returns the backend for a pipeline.
    ///
    /// - Throws: ``BackendUnavailableError`` with the name of the class that would be loaded.
    func backend(
        _ selection: BackendSelection?, for pipeline: String, _ task: ModelTask, as className: String?
    ) throws -> any ComputeBackend {
        do { return try BackendRegistry.shared.backend(selection, for: pipeline) } catch let error
            as BackendUnavailableError
        {
            guard let name = try? task.className(self, as: className) else { throw error }
            throw error.needed(by: name)
        }
    }
}
