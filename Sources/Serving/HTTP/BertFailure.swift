import BertCore

/// An error of the library that specifies whether the caller caused it.
protocol BertFailure: Error {
    /// Whether the input caused the error.
    var isCallersFault: Bool { get }
    /// The message for the caller.
    var words: String { get }
}

extension BertError: BertFailure {
    var isCallersFault: Bool { [.invalidInput, .invalidArgument, .unknownName, .tooManyTokens].contains(code) }
    /// The message without the index of the record, which refers to the server's batch.
    var words: String { message.isEmpty ? cause.map { "\($0)" } ?? "" : cause.map { "\(message): \($0)" } ?? message }
}
