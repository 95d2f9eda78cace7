import ArgumentParser
import Bert
import BertJSON

/// What became of one record.
struct JobResult<Value> {
    /// Passed through from the record; nil if there was none.
    let id: JSONValue?
    let value: Result<Value, BertError>
}

/// Writes the results of a job as early as its format allows.
protocol ResultWriter<Value> {
    associatedtype Value

    /// How many results the output has.
    var count: Int { get }
    /// Takes the next results, in the order of their records.
    mutating func write(_ results: [JobResult<Value>]) throws
    /// Writes what can only be written at the end.
    mutating func finish() throws
}

/// How results are written.
protocol ResultFormat: RawRepresentable<String>, CaseIterable, ExpressibleByArgument, Sendable {
    /// One JSON object a line, which every kind of result can be.
    static var jsonl: Self { get }
    /// Whether a result is a line, so that an interrupted job can go on behind the last one.
    var isLines: Bool { get }
    /// Whether an error can take the place of a result.
    var hasErrors: Bool { get }
}
