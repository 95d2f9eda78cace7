import ArgumentParser
import Bert

/// What the verbs over single tokens share: the model, where it computes, and what is done with long texts.
struct SpanOptions: ParsableArguments {
    @OptionGroup var source: ModelOptions

    @OptionGroup var backend: BackendOptions

    @Option(
        name: [.customLong("max-batch-tokens"), .customLong("batch-tokens")],
        help: "The most tokens that are computed at once.")
    var maxBatchTokens = 4_096

    @Flag(name: .shortAndLong, help: "Say on standard error what is used: model, backend.")
    var verbose = false

    func validate() throws {
        guard maxBatchTokens >= 1 else { throw ValidationError("--max-batch-tokens is \(maxBatchTokens); at least 1") }
    }

    /// Says on standard error what is used, if asked to.
    func describe(_ backend: BackendInfo, maximumLength: Int) {
        guard verbose else { return }
        tell(
            "\(source.model): at most \(maximumLength) tokens; \(backend.nameAndVersion), \(backend.threads) threads")
    }

    /// Computes some records and has the results written, in their order.
    ///
    /// - Throws: `BertError` that names the record; then `write` was called with the results of all before it.
    func run<Record: PlacedRecord, Result>(
        _ records: [Record], _ compute: ([Record]) throws -> [Result], _ write: ([Record], [Result]) throws -> Void
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

/// Something to compute that can be named in messages.
protocol PlacedRecord {
    /// What to call it: `text 2`, `standard input, line 3`.
    var place: String { get }
}

extension TextRecord: PlacedRecord {}
