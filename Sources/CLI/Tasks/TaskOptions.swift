import ArgumentParser
import Bert
import BertJSON
import BertPipelines

/// What every verb takes that computes results: the model, where it computes, and how much at once.
struct TaskOptions: ParsableArguments {
    @OptionGroup var source: ModelOptions

    @Option(
        name: .customLong("class"),
        help: ArgumentHelp(
            "The model class (default: from config.json, or the class of its model_type for the task).",
            valueName: "name"))
    var className: String?

    @OptionGroup var backend: BackendOptions

    @Option(
        name: [.customLong("max-batch-tokens"), .customLong("batch-tokens")],
        help: "Maximum tokens per batch.")
    var maxBatchTokens = 4_096

    @Flag(name: .shortAndLong, help: "Report model, backend and settings on standard error.")
    var verbose = false

    func validate() throws {
        guard maxBatchTokens >= 1 else { throw ValidationError("--max-batch-tokens is \(maxBatchTokens); at least 1") }
    }

    /// Says on standard error what is used, if asked to.
    ///
    /// - Parameter facts: what there is to say besides, as `at most 512 tokens`.
    func describe(_ facts: String, on backend: BackendInfo) {
        guard verbose else { return }
        tell("\(source.model): \(facts); \(backend.nameAndVersion), \(backend.threads) threads")
    }

    /// The files of the model and the backend to load it on.
    ///
    /// - Parameters:
    ///   - verb: who asks, for messages.
    ///   - task: what the model has to do.
    /// - Throws: `BackendUnavailableError`, `BertError`.
    func model(
        for verb: String, _ task: ModelTask
    ) throws -> (files: ModelFiles, backend: any ComputeBackend) {
        let files = try ModelFiles(folder: source.folder())
        return (files, try backend.resolve(for: verb) { try task.className(files.transformerFiles(), as: className) })
    }

    /// How texts become batches.
    func textOptions(_ truncation: TruncationOptions) -> TextOptions {
        TextOptions(truncates: truncation.autoTruncate, tokenBudget: maxBatchTokens)
    }

    /// What results depend on.
    ///
    /// - Parameter backend: what computes them.
    func facts(on backend: BackendInfo) throws -> JSONObject {
        var facts = try source.facts().merging([
            "class": .string(className ?? ""), "backend": .string(backend.nameAndVersion),
            "precision": .string(backend.precision.rawValue),
            "numerics": .string(backend.numerics),
        ])
        if !backend.isBatchInvariant {
            facts["threads"] = .int(backend.threads)
            facts["max-batch-tokens"] = .int(maxBatchTokens)
        }
        return facts
    }
}

/// What verbs over texts take besides: what becomes of those that are too long.
struct TruncationOptions: ParsableArguments {
    @Flag(help: "Cut texts that are too long for the model, instead of failing.")
    var autoTruncate = false

    /// What results depend on.
    var facts: JSONObject { ["auto-truncate": .bool(autoTruncate)] }
}
