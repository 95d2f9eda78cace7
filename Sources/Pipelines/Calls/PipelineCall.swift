public import BertCore
import BertModels
import BertTokenizers

/// A pipeline with the options of a call: records in, one output for each out.
///
/// Every pipeline has a method `call` that makes one; its other methods are short for `call(…).outputs(of: records)`.
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
/// ``prepare(_:)`` and ``results(_:)`` are its two steps, for programs that schedule them on their own: the first only
/// tokenises, on any thread; the second computes.
public struct PipelineCall<Record: Sendable, Output: Sendable>: Sendable {
    private let prepareRecords: @Sendable ([Record]) throws -> PreparedRecords<Record>
    private let compute: @Sendable (PreparedRecords<Record>) throws -> [Result<Output, BertError>]
    /// Where asynchronous calls compute.
    private let threads: ComputeThreads

    private init(
        on threads: ComputeThreads, prepare: @escaping @Sendable ([Record]) throws -> PreparedRecords<Record>,
        compute: @escaping @Sendable (PreparedRecords<Record>) throws -> [Result<Output, BertError>]
    ) {
        self.threads = threads
        prepareRecords = prepare
        self.compute = compute
    }

    /// The one road through all pipelines: tokenise, cut into batches, compute each, put what it gives in its place.
    ///
    /// - Parameters:
    ///   - kind: what a record is called in messages.
    ///   - backend: what computes.
    ///   - budget: how much a batch may hold.
    ///   - encode: the sequences of a record: one, or its windows, or its pairs.
    ///   - forward: what the model gives for each sequence of a batch, in their order.
    ///   - finish: the output of a record, made of its sequences and what the model gave for each of them.
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

    /// The same call with its outputs transformed; an error that `transform` throws is the record's.
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

    /// Tokenises records. Computes nothing, so it can run on any thread, beside the model.
    ///
    /// - Throws: `CancellationError`; what is wrong with a record stays with it.
    public func prepare(_ records: [Record]) throws -> PreparedRecords<Record> { try prepareRecords(records) }

    /// Computes records that were prepared. Blocks the calling thread.
    ///
    /// - Returns: for each record its output, or the ``BertError`` that names it in `record`.
    /// - Throws: an error that is not that of one record.
    public func results(_ prepared: PreparedRecords<Record>) throws -> [Result<Output, BertError>] {
        try compute(prepared)
    }

    /// Tokenises and computes records. Blocks the calling thread.
    ///
    /// - Returns: for each record its output, or the ``BertError`` that names it in `record`.
    /// - Throws: an error that is not that of one record.
    public func results(of records: [Record]) throws -> [Result<Output, BertError>] {
        try results(of: records) { _ in }
    }

    /// The output of each record. Blocks the calling thread.
    ///
    /// - Throws: ``BertError``, the first of a record naming it in `record`.
    public func outputs(of records: [Record]) throws -> [Output] {
        try results(of: records) { if let error = $0.firstError { throw error } }.map { try $0.get() }
    }

    /// As the blocking method, on ``ComputeThreads/shared``.
    ///
    /// - Throws: also `CancellationError` if the task is cancelled; ``BertError`` with code `overloaded`.
    public func results(of records: [Record]) async throws -> [Result<Output, BertError>] {
        try await threads.run { try results(of: records) { _ in } }
    }

    /// As the blocking method, on ``ComputeThreads/shared``.
    ///
    /// - Throws: also `CancellationError` if the task is cancelled; ``BertError`` with code `overloaded`.
    public func outputs(of records: [Record]) async throws -> [Output] {
        try await threads.run {
            try results(of: records) { if let error = $0.firstError { throw error } }.map { try $0.get() }
        }
    }

    /// Many records are cut into groups: while one is computed, the next is tokenised on a free thread.
    ///
    /// The groups depend on the number of records alone.
    ///
    /// - Parameter check: sees each group before it is computed, and throws to end the call.
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

    /// The first group is small, so that the model soon has something to do.
    private static func group(from start: Int, of count: Int) -> Range<Int>? {
        start < count ? start..<min(count, start + (start == 0 ? 128 : 512)) : nil
    }
}

extension BertError {
    /// The error of a record that is not the first of its group.
    fileprivate func moved(by offset: Int) -> BertError {
        var error = self
        error.record = record.map { $0 + offset }
        return error
    }
}
