import Bert
import BertCore

/// Records that are computed together, and the errors of records that couldn't be read.
struct JobGroup<Record: PlacedRecord, Value: Sendable> {
    typealias Entry = (record: Result<Record, BertError>, byteCount: Int)

    /// The share of the input that is read with this group, from 0 to 1, or nil if it is unknown.
    let share: Double?
    private let records: [Result<Record, BertError>]
    /// The records that can be computed.
    private let computable: [Record]
    private let work: JobWork<Record, Value>
    private let untilError: Bool
    private var ahead: Ahead<JobWork<Record, Value>.Computation>?

    /// - Parameter untilError: Whether to compute only the records before the first one without a result.
    init(_ entries: [Entry], _ work: JobWork<Record, Value>, untilError: Bool, share: Double?) {
        records = entries.map(\.record)
        let bad = untilError ? records.firstIndex { (try? $0.get()) == nil } : nil
        computable = records[..<(bad ?? records.count)].compactMap { try? $0.get() }
        self.work = work
        self.untilError = untilError
        self.share = share
    }

    /// Starts preparing the records on another thread.
    mutating func prepareAhead() {
        ahead = Ahead { [work, computable, untilError] in try work.prepare(computable, untilError) }
    }

    /// Returns the results in order. If errors end the job, returns the results before the first error, and the error.
    ///
    /// - Parameter start: The index of the first record in the job.
    func results(from start: Int) throws -> (results: [JobResult<Value>], failure: BertError?) {
        let compute = try ahead?.value() ?? work.prepare(computable, untilError)
        var computed = try compute()[...]
        var results: [JobResult<Value>] = []
        for (index, record) in records.enumerated() {
            let result = record.flatMap { record in
                computed.removeFirst().mapError { $0.placed(at: record.place, index: start + index) }
            }
            if untilError, case .failure(let error) = result { return (results, error) }
            results.append(JobResult(id: try? record.get().id, value: result))
        }
        return (results, nil)
    }
}
