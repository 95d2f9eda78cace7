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

    /// Loads the class of the model's architecture whose name ends in `task`.
    ///
    /// - Throws: ``BertError`` that names file, key and mend.
    init(_ files: ModelFiles, task: String, on backend: any ComputeBackend) throws {
        config = try BertConfig(files)
        let family =
            switch config.modelType {
            case .bert: "Bert"
            case .roberta, .xlmRoberta, .camembert: "Roberta"
            case .albert: "Albert"
            case .distilBert: "DistilBert"
            }
        let type = try ModelCatalogue.entry(family + task).modelType
        text = try TextEncoder(files, maximumLength: nil, config: config)
        decoder = try TextDecoder(files, text.tokenizer)
        guard let model = try type.fromPretrained(files, on: backend, options: .strict) as? Model else {
            throw BertError(.unsupported, "\(family + task) does not do what this pipeline needs of it")
        }
        self.model = model
        self.backend = backend
        threads = ComputeThreads(for: backend)
    }

    /// A batch as the model takes it: types of tokens are left to those whose input Hugging Face gives them to.
    func input(_ batch: TextBatches.Batch) -> ModelInput {
        var input = batch.input
        if ![.bert, .albert].contains(config.modelType) { input.tokenTypes = nil }
        return input
    }
}
