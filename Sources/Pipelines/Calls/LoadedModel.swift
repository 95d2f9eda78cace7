import BertCheckpoints
import BertCore
import BertModels
import BertTokenizers

/// A model with its configuration, its tokenizer, and where it computes.
struct LoadedModel<Model: Sendable>: Sendable {
    let model: Model
    /// The class's name.
    let name: String
    let config: BertConfig
    let text: TextEncoder
    let backend: any ComputeBackend

    /// Loads the class for a task.
    ///
    /// - Parameters:
    ///   - className: which class of the catalogue; nil leaves it to `config.json`.
    ///   - maximumLength: the most tokens of a text, where something else than the tokenizer says it.
    ///   - lowercases: whether texts, but not the special tokens in them, are made lower case first.
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
            throw BertError(.unsupported, "\(entry.name) is no class for \(task)")
        }
        self.model = model
        // As it was adapted to the checkpoint.
        self.config = try loaded.config
        name = entry.name
        self.backend = backend
    }

    /// A batch as the model takes it.
    func input(_ batch: TextBatches.Batch) -> ModelInput {
        var input = batch.input
        if !text.hasTokenTypes { input.tokenTypes = nil }
        return input
    }
}

extension ModelFiles {
    /// The backend for a pipeline over a folder's model.
    ///
    /// - Throws: ``BackendUnavailableError``, naming the class that would be loaded.
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
