import Bert

extension Job {
    /// The result of each record, or why there is none.
    ///
    /// Where some of them can't be computed together, each half is tried by itself: that finds which one it is, and leaves
    /// the others batches.
    ///
    /// - Parameter stopsAtFailure: whether nothing is computed behind the first record without a result.
    static func attempt<Value>(
        _ records: ArraySlice<Fields.Record>, stopsAtFailure: Bool, _ compute: ([Fields.Record]) throws -> [Value]
    ) throws -> [Result<Value, BertError>] {
        guard let first = records.first else { return [] }
        do { return try compute(Array(records)).map { .success($0) } } catch let error as BertError
            where error.code == .invalidInput
        {
            guard records.count > 1 else {
                // The error names a record of its own batch.
                return [.failure(BertError(.invalidInput, "\(first.place): \(error.cause ?? error)"))]
            }
            let middle = records.startIndex + records.count / 2
            let results = try attempt(records[..<middle], stopsAtFailure: stopsAtFailure, compute)
            if stopsAtFailure, case .failure = results.last { return results }
            return results + (try attempt(records[middle...], stopsAtFailure: stopsAtFailure, compute))
        }
    }
}
