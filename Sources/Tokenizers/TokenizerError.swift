/// Why a tokenizer could not be loaded or a text could not be tokenized: a code for programs, a message for people, and the
/// facts of the failure as fields.
///
/// A struct rather than an enum, so that codes can be added without breaking anyone who catches them.
public struct TokenizerError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure, for programs to branch on.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The code's stable name, for example `invalidUTF8`.
        public let description: String
        private init(_ name: String) { description = name }

        /// The bytes are not UTF-8; ``TokenizerError/value`` is the offset of the first wrong byte.
        public static let invalidUTF8 = Code("invalidUTF8")
        /// The text has more tokens than allowed, and truncation is off; `value` is their number and `limit` the bound.
        public static let tooManyTokens = Code("tooManyTokens")
        /// The text can't be truncated the way that was asked for.
        public static let truncationImpossible = Code("truncationImpossible")
        /// An argument is outside its range.
        public static let invalidArgument = Code("invalidArgument")
        /// A file is missing or can't be read.
        public static let fileNotReadable = Code("fileNotReadable")
        /// A file is damaged or not what its name says.
        public static let malformedFile = Code("malformedFile")
        /// The vocabulary lacks a token that the tokenizer needs; `key` is its role and `value` its spelling.
        public static let missingToken = Code("missingToken")
        /// A file needs a component or a tokenizer class that this library does not have; `value` is its name.
        public static let unsupportedComponent = Code("unsupportedComponent")
    }

    /// A refused value, or the bound that it violates.
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

    /// The kind of failure.
    public let code: Code
    /// What is wrong and how to fix it, without the place, which is in the fields.
    public let message: String
    /// The path or name of the file.
    public let file: String?
    /// The path of a key within the file, such as `model.unk_token`, or the role of a token.
    public let key: String?
    /// The line in the file, counted from 1.
    public let line: Int?
    /// The value that was refused.
    public let value: Value?
    /// The bound that the value violates.
    public let limit: Value?
    /// The underlying error.
    public let cause: (any Error)?

    /// Makes an error; pass the fields that are known.
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

    /// One line: `file, line 3: key: message: cause`, without the parts that are missing.
    public var description: String {
        var place = file
        if let line { place = (place.map { $0 + ", " } ?? "") + "line \(line)" }
        let parts = [place, key, message, cause.map { "\($0)" }]
        return parts.compactMap(\.self).filter { !$0.isEmpty }.joined(separator: ": ")
    }
}
