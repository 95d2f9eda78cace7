import ArgumentParser
import Bert

/// What every verb takes that computes results one by one: the model, where it computes, and how much at once.
struct TaskOptions: ParsableArguments {
    @OptionGroup var source: ModelOptions

    @OptionGroup var backend: BackendOptions

    @Option(
        name: [.customLong("max-batch-tokens"), .customLong("batch-tokens")],
        help: "The most tokens that are computed at once.")
    var maxBatchTokens = 4_096

    @Flag(name: .shortAndLong, help: "Say on standard error what is used: model, backend and the like.")
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

    /// Computes some records and has the results written, in their order.
    ///
    /// - Throws: `BertError` that names the record; then `write` was called with the results of all before it.
    func forEach<Record: PlacedRecord, Result>(
        _ records: [Record], _ compute: ([Record]) throws -> [Result], write: ([Record], [Result]) throws -> Void
    ) throws {
        let results: [Result]
        do { results = try compute(records) } catch let error as BertError where error.code == .invalidInput {
            // Which one it was, and the results of those before it.
            for record in records {
                let result: [Result]
                do { result = try compute([record]) } catch let error as BertError where error.code == .invalidInput {
                    throw BertError(.invalidInput, "\(record.place): \(error.cause ?? error)")
                }
                try write([record], result)
            }
            throw error
        }
        try write(records, results)
    }
}

/// What verbs over texts take besides: what becomes of those that are too long.
struct TextTaskOptions: ParsableArguments {
    @OptionGroup var task: TaskOptions

    @Flag(help: "Cut texts that are too long for the model; otherwise they are an error.")
    var autoTruncate = false

    /// How texts become batches.
    var textOptions: TextOptions { TextOptions(truncates: autoTruncate, tokenBudget: task.maxBatchTokens) }
}
