import BertCore

/// What the library's errors say about whose fault it was.
protocol BertFailure: Error {
    /// Whether other input would have worked.
    var isCallersFault: Bool { get }
    /// What to tell the caller.
    var words: String { get }
}

extension BertError: BertFailure {
    var isCallersFault: Bool { [.invalidInput, .invalidArgument, .unknownName].contains(code) }
    /// Without the record's number, which is one of the server's batch.
    var words: String { cause.map { "\($0)" } ?? message }
}
