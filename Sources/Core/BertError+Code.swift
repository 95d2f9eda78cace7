extension BertError {
    /// The kind of a failure.
    ///
    /// Packages that throw `BertError` can define their own codes:
    ///
    /// ```swift
    /// extension BertError.Code { static let quotaExceeded = Self("quotaExceeded") }
    /// ```
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The stable name of the code, for example `invalidShape`. Codes with the same name are equal.
        public let description: String

        /// Creates a code with a custom name.
        public init(_ name: String) { description = name }

        /// The shapes of the operands don't fit the operation.
        public static let invalidShape = Code("invalidShape")
        /// An argument is outside its valid range.
        public static let invalidArgument = Code("invalidArgument")
        /// An environment variable or an option has a value that can't be parsed.
        public static let invalidSetting = Code("invalidSetting")
        /// A tensor or prepared weight belongs to another backend.
        public static let foreignTensor = Code("foreignTensor")
        /// The backend doesn't support an operation or an element type.
        public static let unsupported = Code("unsupported")
        /// Two backends computed different results; ``BertError/cause`` is a ``Divergence``.
        public static let divergence = Code("divergence")
        /// The backend delegated an operation that it was required to compute itself.
        public static let notNative = Code("notNative")
        /// Two backends have the same name.
        public static let duplicateBackend = Code("duplicateBackend")
        /// No backend, model, prompt or other registered item has this name.
        public static let unknownName = Code("unknownName")
        /// A file or folder is missing, or can't be read or written.
        public static let fileNotReadable = Code("fileNotReadable")
        /// A file is damaged or isn't in the format that its name implies.
        public static let malformedFile = Code("malformedFile")
        /// A configuration file contains an invalid value.
        public static let invalidConfiguration = Code("invalidConfiguration")
        /// Weights are missing, unexpected, or have shapes that contradict the configuration.
        public static let weightsMismatch = Code("weightsMismatch")
        /// The input is invalid for the model: an id outside the vocabulary, a wrong shape or a missing field.
        public static let invalidInput = Code("invalidInput")
        /// The input has more tokens (``BertError/value``) than the model accepts (``BertError/limit``).
        public static let tooManyTokens = Code("tooManyTokens")
        /// The queue is full (``BertError/limit``); try again later.
        public static let overloaded = Code("overloaded")
        /// A call into a C library failed.
        public static let libraryFailure = Code("libraryFailure")
        /// An allocation failed.
        public static let outOfMemory = Code("outOfMemory")
    }

    /// A number or string that an error refers to.
    public enum Value: Sendable, Hashable, CustomStringConvertible {
        case int(Int)
        case double(Double)
        case string(String)

        /// The number or string, without quotes.
        public var description: String {
            switch self {
            case .int(let value): "\(value)"
            case .double(let value): "\(value)"
            case .string(let value): value
            }
        }
    }
}

extension BertError.Value: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByStringInterpolation {
    public init(integerLiteral value: Int) { self = .int(value) }
    public init(floatLiteral value: Double) { self = .double(value) }
    public init(stringLiteral value: String) { self = .string(value) }
}
