/// Why a tokenizer could not be loaded or a text could not be tokenized: what, where and how to mend it.
///
/// A struct rather than an enum, so that codes can be added without breaking anyone who catches them.
public struct TokenizerError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure: for programs to branch on.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The code's stable name, for example `invalidUTF8`.
        public let description: String
        private init(_ name: String) { description = name }

        /// Bytes that are not UTF-8; the message gives the position of the first.
        public static let invalidUTF8 = Code("invalidUTF8")
        /// A text of more tokens than asked for, and no leave to cut it.
        public static let tooManyTokens = Code("tooManyTokens")
        /// A text that can't be cut as asked.
        public static let truncationImpossible = Code("truncationImpossible")
        /// An argument outside its range.
        public static let invalidArgument = Code("invalidArgument")
        /// A file that is missing or can't be read.
        public static let fileNotReadable = Code("fileNotReadable")
        /// A file whose content is damaged or not what its name says.
        public static let malformedFile = Code("malformedFile")
        /// A vocabulary without a token that the tokenizer can't do without.
        public static let missingToken = Code("missingToken")
        /// A part of a `tokenizer.json` that this library does not have.
        public static let unsupportedComponent = Code("unsupportedComponent")
    }

    /// The kind of failure.
    public let code: Code
    /// A full sentence for a person.
    public let message: String
    /// The error this one was made from.
    public let cause: (any Error)?

    /// Makes an error.
    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// The message, and the cause's after it.
    public var description: String {
        guard let cause else { return message }
        return "\(message): \(cause)"
    }
}
