/// An error of loading a tokenizer or tokenizing a text, with a code for programs to branch on, a message for people,
/// and details as fields.
///
/// A struct rather than an enum, so that adding codes isn't a breaking change.
public struct TokenizerError: Error, Sendable, CustomStringConvertible {
    /// The kind of an error.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The stable name of the code, for example `invalidUTF8`.
        public let description: String
        private init(_ name: String) { description = name }

        /// The bytes aren't valid UTF-8; ``TokenizerError/value`` is the offset of the first invalid byte.
        public static let invalidUTF8 = Code("invalidUTF8")
        /// The text exceeds the maximum number of tokens, and truncation is off; `value` is the number of tokens and
        /// `limit` the maximum.
        public static let tooManyTokens = Code("tooManyTokens")
        /// The text can't be truncated in the requested way.
        public static let truncationImpossible = Code("truncationImpossible")
        /// An argument is out of range.
        public static let invalidArgument = Code("invalidArgument")
        /// A file is missing or can't be read.
        public static let fileNotReadable = Code("fileNotReadable")
        /// A file is damaged or isn't in the expected format.
        public static let malformedFile = Code("malformedFile")
        /// A required token isn't in the vocabulary; `key` is its role and `value` its text.
        public static let missingToken = Code("missingToken")
        /// A file requires an unsupported component or tokenizer class; `value` is its name.
        public static let unsupportedComponent = Code("unsupportedComponent")
    }

    /// An invalid value, or the bound that it violates.
    public enum Value: Sendable, Hashable, CustomStringConvertible, ExpressibleByIntegerLiteral,
        ExpressibleByStringLiteral
    {
        case int(Int)
        case string(String)

        public init(integerLiteral value: Int) { self = .int(value) }
        public init(stringLiteral value: String) { self = .string(value) }

        public var description: String {
            switch self {
            case .int(let value): "\(value)"
            case .string(let value): value
            }
        }
    }

    /// The kind of the error.
    public let code: Code
    /// What is wrong and how to fix it. The location is in the other fields.
    public let message: String
    /// The path or name of the file.
    public let file: String?
    /// The path of a key within the file, such as `model.unk_token`, or the role of a token.
    public let key: String?
    /// The line in the file, starting at 1.
    public let line: Int?
    /// The invalid value.
    public let value: Value?
    /// The bound that the value violates.
    public let limit: Value?
    /// The underlying error.
    public let cause: (any Error)?

    /// Creates an error with the fields that are known.
    public init(
        _ code: Code, _ message: String, file: String? = nil, key: String? = nil, line: Int? = nil,
        value: Value? = nil, limit: Value? = nil, cause: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.file = file
        self.key = key
        self.line = line
        self.value = value
        self.limit = limit
        self.cause = cause
    }

    /// A single line of the form `file, line 3: key: message: cause`, without the parts that are missing.
    public var description: String {
        var place = file
        if let line { place = (place.map { $0 + ", " } ?? "") + "line \(line)" }
        let parts = [place, key, message, cause.map { "\($0)" }]
        return parts.compactMap(\.self).filter { !$0.isEmpty }.joined(separator: ": ")
    }
}
