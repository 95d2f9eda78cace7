import BertCheckpoints
import BertCore
import BertModels

/// What pipelines over single tokens share: a model with the head of a task, its tokenizer, and where it computes.
struct TaskModel<Model: Sendable>: Sendable {
    let model: Model
    let config: BertConfig
    let text: TextEncoder
    let decoder: TextDecoder
    let backend: any ComputeBackend
    let threads: ComputeThreads

    /// Loads the class that the model's family has for a task.
    ///
    /// - Throws: ``BertError`` that names file, key and fix.
    init(_ files: ModelFiles, task: ModelTask, on backend: any ComputeBackend) throws {
        config = try BertConfig(files)
        let entry = try ModelCatalogue.shared.entry(for: task, of: config.family)
        text = try TextEncoder(files, maximumLength: nil, config: config)
        decoder = try TextDecoder(files, text.tokenizer)
        guard let model = try entry.modelType.fromPretrained(files, on: backend, options: .strict) as? Model else {
            throw BertError(.unsupported, "\(entry.name) does not do what this pipeline needs of it")
        }
        self.model = model
        self.backend = backend
        threads = ComputeThreads(for: backend)
    }

    /// A batch as the model takes it: with token types only if its family's tokenizer gives them.
    func input(_ batch: TextBatches.Batch) -> ModelInput {
        var input = batch.input
        if config.family.tokenTypes != .fromTokenizer { input.tokenTypes = nil }
        return input
    }
}
