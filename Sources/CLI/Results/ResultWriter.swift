import ArgumentParser
import Bert
import BertJSON

/// The result of a record.
struct JobResult<Value> {
    /// The id of the record, or nil if there is none.
    let id: JSONValue?
    let value: Result<Value, BertError>
}

/// A writer of a job's results, which writes them as early as its format allows.
protocol ResultWriter<Value> {
    associatedtype Value

    /// The number of results that the output has.
    var count: Int { get }
    /// Adds the next results, in the order of their records.
    mutating func write(_ results: [JobResult<Value>]) throws
    /// Writes what can only be written at the end.
    mutating func finish() throws
}

/// An output format of results.
protocol ResultFormat: RawRepresentable<String>, CaseIterable, ExpressibleByArgument, Sendable {
    /// One JSON object per line. Every kind of result supports it.
    static var jsonl: Self { get }
    /// Whether each result is a line, so that an interrupted job can continue after the last one.
    var isLines: Bool { get }
    /// Whether an error can be written in place of a result.
    var hasErrors: Bool { get }
}
