import ArgumentParser
import Bert
import BertJSON
import BertPipelines

/// Options for commands that compute results: the model, the backend, and the batch size.
struct TaskOptions: ParsableArguments {
    @OptionGroup var source: ModelOptions

    @Option(
        name: .customLong("class"),
        help: ArgumentHelp(
            "Model class (default: from config.json, or the class of its model_type for the task).",
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
        guard maxBatchTokens >= 1 else {
            throw ValidationError("--max-batch-tokens must be at least 1, not \(maxBatchTokens)")
        }
    }

    /// Describes the model and backend on standard error if `--verbose` is given.
    ///
    /// - Parameter facts: Additional information, such as `at most 512 tokens`.
    func describe(_ facts: String, on backend: BackendInfo) {
        guard verbose else { return }
        tell("\(source.model): \(facts); \(backend.nameAndVersion), \(backend.threads) threads")
    }

    /// Returns the files of the model, and the backend to load it on.
    ///
    /// - Parameters:
    ///   - verb: The command, for messages.
    ///   - task: The required task of the model.
    /// - Throws: `BackendUnavailableError`, `BertError`.
    func model(
        for verb: String, _ task: ModelTask
    ) throws -> (files: ModelFiles, backend: any ComputeBackend) {
        let files = try ModelFiles(folder: source.folder())
        return (files, try backend.resolve(for: verb) { try task.className(files.transformerFiles(), as: className) })
    }

    /// Returns the options for truncating and batching texts.
    func textOptions(_ truncation: TruncationOptions) -> TextOptions {
        TextOptions(truncates: truncation.autoTruncate, tokenBudget: maxBatchTokens)
    }

    /// Returns the facts that results depend on.
    ///
    /// - Parameter backend: The backend that computes the results.
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

/// Options for texts that are too long, for commands that process texts.
struct TruncationOptions: ParsableArguments {
    @Flag(help: "Truncate texts that are too long for the model, instead of failing.")
    var autoTruncate = false

    /// The facts that results depend on.
    var facts: JSONObject { ["auto-truncate": .bool(autoTruncate)] }
}
