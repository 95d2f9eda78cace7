public import BertCore
import BertModels
import BertTokenizers

/// A pipeline together with the options of a call. It maps records to outputs, one for each record.
///
/// Every pipeline has a method `call` that creates one. Its other methods are shorthands for `call(…).outputs(of:
/// records)`.
///
/// ```swift
/// let call = try embedder.call(prompt: .query)
/// for result in try call.results(of: queries) {
///     switch result {
///     case .success(let vector): …
///     case .failure(let error): print(error.record, error.code)   // the other queries have their vectors
///     }
/// }
/// ```
///
/// Programs that schedule work themselves can use the two steps ``prepare(_:)``, which only tokenizes and runs on any
/// thread, and ``results(_:)``, which computes.
public struct PipelineCall<Record: Sendable, Output: Sendable>: Sendable {
    private let prepareRecords: @Sendable ([Record]) throws -> PreparedRecords<Record>
    private let compute: @Sendable (PreparedRecords<Record>) throws -> [Result<Output, BertError>]
    /// The threads that asynchronous calls run on.
    private let threads: ComputeThreads

    private init(
        on threads: ComputeThreads, prepare: @escaping @Sendable ([Record]) throws -> PreparedRecords<Record>,
        compute: @escaping @Sendable (PreparedRecords<Record>) throws -> [Result<Output, BertError>]
    ) {
        self.threads = threads
        prepareRecords = prepare
        self.compute = compute
    }

    /// Creates a call. All pipelines use the same steps: tokenize, form batches, compute each batch, and assemble the
    /// outputs.
    ///
    /// - Parameters:
    ///   - kind: The name of a record in messages.
    ///   - backend: The backend.
    ///   - budget: The maximum size of a batch.
    ///   - encode: Returns the sequences of a record: a single one, its windows or its pairs.
    ///   - forward: Computes the results for the sequences of a batch, in order.
    ///   - finish: Creates the output of a record from its sequences and their results.
    init<Row: Sendable>(
        kind: String, on backend: any ComputeBackend, budget: BatchBudget,
        encode: @escaping @Sendable (Record) throws -> [Encoding],
        forward: @escaping @Sendable (TextBatches.Batch) throws -> [Row],
        finish: @escaping @Sendable (Record, ArraySlice<Encoding>, ArraySlice<Row>) throws -> Output
    ) {
        self.init(on: .shared(for: backend)) {
            try PreparedRecords($0, kind: kind, encode: encode)
        } compute: { prepared in
            let rows = try prepared.rows(kind: kind, budget: budget, forward: forward)
            return try prepared.records.indices.map { index in
                do {
                    return .success(
                        try BertError.context(record: index, of: kind) {
                            let range = try prepared.ranges[index].get()
                            return try finish(
                                prepared.records[index], prepared.sequences[range], rows.ofSequences(range))
                        })
                } catch let error as BertError { return .failure(error) }
            }
        }
    }

    /// Returns a call that transforms the outputs. Errors thrown by `transform` apply to individual records.
    public func map<Other: Sendable>(
        _ transform: @escaping @Sendable (Output) throws -> Other
    ) -> PipelineCall<Record, Other> {
        PipelineCall<Record, Other>(on: threads, prepare: prepareRecords) { [compute] prepared in
            try compute(prepared).enumerated().map { index, result in
                do { return .success(try BertError.context(record: index) { try transform(result.get()) }) } catch let
                    error as BertError
                { return .failure(error) }
            }
        }
    }

    /// Tokenizes records. Doesn't use the model, so it can run on any thread, concurrently with the model.
    ///
    /// - Throws: `CancellationError`. Errors of individual records are stored with them.
    public func prepare(_ records: [Record]) throws -> PreparedRecords<Record> { try prepareRecords(records) }

    /// Computes prepared records. Blocks the calling thread.
    ///
    /// - Returns: For each record its output, or a ``BertError`` with the index of the record in `record`.
    /// - Throws: Errors that don't concern an individual record.
    public func results(_ prepared: PreparedRecords<Record>) throws -> [Result<Output, BertError>] {
        try compute(prepared)
    }

    /// Tokenizes and computes records. Blocks the calling thread.
    ///
    /// - Returns: For each record its output, or a ``BertError`` with the index of the record in `record`.
    /// - Throws: Errors that don't concern an individual record.
    public func results(of records: [Record]) throws -> [Result<Output, BertError>] {
        try results(of: records) { _ in }
    }

    /// Returns the output of each record. Blocks the calling thread.
    ///
    /// - Throws: The first ``BertError``, with the index of the record in `record`.
    public func outputs(of records: [Record]) throws -> [Output] {
        try results(of: records) { if let error = $0.firstError { throw error } }.map { try $0.get() }
    }

    /// Computes results asynchronously on ``ComputeThreads/shared``.
    ///
    /// - Throws: The errors of the blocking method; `CancellationError` if the task is canceled; ``BertError`` with
    ///   code `overloaded`.
    public func results(of records: [Record]) async throws -> [Result<Output, BertError>] {
        try await threads.run { try results(of: records) { _ in } }
    }

    /// Computes outputs asynchronously on ``ComputeThreads/shared``.
    ///
    /// - Throws: The errors of the blocking method; `CancellationError` if the task is canceled; ``BertError`` with
    ///   code `overloaded`.
    public func outputs(of records: [Record]) async throws -> [Output] {
        try await threads.run {
            try results(of: records) { if let error = $0.firstError { throw error } }.map { try $0.get() }
        }
    }

    /// Processes many records in groups. While one group is computed, the next one is tokenized on an idle thread.
    ///
    /// The groups depend only on the number of records.
    ///
    /// - Parameter check: Called with each group before it is computed; throws an error to end the call.
    private func results(
        of records: [Record], check: (PreparedRecords<Record>) throws -> Void
    ) throws -> [Result<Output, BertError>] {
        var results: [Result<Output, BertError>] = []
        results.reserveCapacity(records.count)
        var group = Self.group(from: 0, of: records.count)
        var ahead: Ahead<PreparedRecords<Record>>?
        while let current = group {
            let prepared = try ahead?.value() ?? prepare(Array(records[current]))
            group = Self.group(from: current.upperBound, of: records.count)
            ahead = group.map { next in Ahead { [prepareRecords] in try prepareRecords(Array(records[next])) } }
            do {
                try check(prepared)
                results += try compute(prepared).map { $0.mapError { $0.moved(by: current.lowerBound) } }
            } catch let error as BertError { throw error.moved(by: current.lowerBound) }
        }
        return results
    }

    /// The first group is small, so that computation starts early.
    private static func group(from start: Int, of count: Int) -> Range<Int>? {
        start < count ? start..<min(count, start + (start == 0 ? 128 : 512)) : nil
    }
}

extension BertError {
    /// Returns the error with its record index offset by the start of a group.
    fileprivate func moved(by offset: Int) -> BertError {
        var error = self
        error.record = record.map { $0 + offset }
        return error
    }
}
