import ArgumentParser
import Bert

/// What every verb over sequence classifiers takes.
struct ClassifyingOptions: ParsableArguments {
    @OptionGroup var source: ModelOptions

    @OptionGroup var backend: BackendOptions

    @Flag(help: "Cut texts that are too long for the model; otherwise they are an error.")
    var autoTruncate = false

    @Option(
        name: [.customLong("max-batch-tokens"), .customLong("batch-tokens")],
        help: "The most tokens that are computed at once.")
    var maxBatchTokens = 4_096

    func validate() throws {
        guard maxBatchTokens >= 1 else { throw ValidationError("--max-batch-tokens is \(maxBatchTokens); at least 1") }
    }

    /// How texts become batches.
    var textOptions: TextOptions { TextOptions(truncates: autoTruncate, tokenBudget: maxBatchTokens) }

    /// The results of some texts, in their order.
    ///
    /// - Throws: `BertError` that names the text; then `write` was called with the results of all texts before it.
    func forEach<Result>(
        _ records: [TextRecord], _ compute: ([TextRecord]) throws -> [Result],
        write: ([TextRecord], [Result]) throws -> Void
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
