import Bert

/// What a job does with records, in two steps, so that the first can run while another group's second does.
struct JobWork<Record: Sendable, Value: Sendable>: Sendable {
    typealias Results = [Result<Value, BertError>]
    typealias Computation = @Sendable () throws -> Results

    /// Prepares records on any thread, and returns what computes their results, on the job's.
    ///
    /// The results are those of the records, in order, as far as the first error if `untilError`.
    let prepare: @Sendable (_ records: [Record], _ untilError: Bool) throws -> Computation

    init(_ prepare: @escaping @Sendable (_ records: [Record], _ untilError: Bool) throws -> Computation) {
        self.prepare = prepare
    }

    /// The work of a pipeline.
    ///
    /// - Parameter input: what the pipeline takes of a record.
    init<Input>(_ call: PipelineCall<Input, Value>, _ input: @escaping @Sendable (Record) -> Input) {
        self.init { records, untilError in
            let prepared = try call.prepare(records.map(input))
            let wanted = untilError ? prepared.upToFirstError() : prepared
            return { try call.results(wanted) }
        }
    }

    /// Work with nothing to compute.
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

    /// The same work with its results transformed, those of a group together.
    func map<Other>(
        _ transform: @escaping @Sendable ([Record], Results) throws -> JobWork<Record, Other>.Results
    ) -> JobWork<Record, Other> {
        JobWork<Record, Other> { records, untilError in
            let compute = try prepare(records, untilError)
            return { try transform(records, compute()) }
        }
    }
}
