import BertCore

/// What the library's errors say about whose fault it was.
protocol BertFailure: Error {
    /// Whether other input would have worked.
    var isCallersFault: Bool { get }
    /// What to tell the caller.
    var words: String { get }
}

extension BertError: BertFailure {
    var isCallersFault: Bool { [.invalidInput, .invalidArgument, .unknownName, .tooManyTokens].contains(code) }
    /// Without the record's number, which is one of the server's batch.
    var words: String { message.isEmpty ? cause.map { "\($0)" } ?? "" : cause.map { "\(message): \($0)" } ?? message }
}
