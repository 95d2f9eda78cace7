import Bert

/// The processing of records in two steps. The first step of a group can run concurrently with the second step of
/// another.
struct JobWork<Record: Sendable, Value: Sendable>: Sendable {
    typealias Results = [Result<Value, BertError>]
    typealias Computation = @Sendable () throws -> Results

    /// Prepares records on any thread. Returns a closure that computes their results on the job's thread.
    ///
    /// The closure returns the results of the records in order, up to the first error if `untilError` is true.
    let prepare: @Sendable (_ records: [Record], _ untilError: Bool) throws -> Computation

    init(_ prepare: @escaping @Sendable (_ records: [Record], _ untilError: Bool) throws -> Computation) {
        self.prepare = prepare
    }

    /// Creates the work of a pipeline.
    ///
    /// - Parameter input: Returns the pipeline's input of a record.
    init<Input>(_ call: PipelineCall<Input, Value>, _ input: @escaping @Sendable (Record) -> Input) {
        self.init { records, untilError in
            let prepared = try call.prepare(records.map(input))
            let wanted = untilError ? prepared.upToFirstError() : prepared
            return { try call.results(wanted) }
        }
    }

    /// Creates work without a computation.
    init(_ result: @escaping @Sendable (Record) throws -> Value) {
        self.init { records, untilError in
            var results: Results = []
            for (index, record) in records.enumerated() {
                do { results.append(.success(try BertError.context(record: index) { try result(record) })) } catch let
                    error as BertError
                {
                    results.append(.failure(error))
                    if untilError { break }
                }
            }
            return { [results] in results }
        }
    }

    /// Returns work that does this and other work on the same records, and combines their results. If either fails for
    /// a record, its error is the result.
    func with<Other, Both>(
        _ other: JobWork<Record, Other>, _ combine: @escaping @Sendable (Value, Other) -> Both
    ) -> JobWork<Record, Both> {
        JobWork<Record, Both> { records, untilError in
            let (first, second) = (try prepare(records, untilError), try other.prepare(records, untilError))
            return {
                try zip(first(), second()).map { mine, others in
                    mine.flatMap { mine in others.map { combine(mine, $0) } }
                }
            }
        }
    }

    /// Returns the same work with the results of each group transformed.
    func map<Other>(
        _ transform: @escaping @Sendable ([Record], Results) throws -> JobWork<Record, Other>.Results
    ) -> JobWork<Record, Other> {
        JobWork<Record, Other> { records, untilError in
            let compute = try prepare(records, untilError)
            return { try transform(records, compute()) }
        }
    }
}
