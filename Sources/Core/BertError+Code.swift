extension BertError {
    /// The kind of failure. A package that throws `BertError` may add its own:
    ///
    /// ```swift
    /// extension BertError.Code { static let quotaExceeded = Self("quotaExceeded") }
    /// ```
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The code's stable name, for example `invalidShape`. Codes with the same name are equal.
        public let description: String

        /// A code with a name of your own.
        public init(_ name: String) { description = name }

        /// The operands' shapes don't fit the operation.
        public static let invalidShape = Code("invalidShape")
        /// An argument outside its range.
        public static let invalidArgument = Code("invalidArgument")
        /// An environment variable or an option has a value that can't be read.
        public static let invalidSetting = Code("invalidSetting")
        /// A tensor or prepared weight belongs to another backend.
        public static let foreignTensor = Code("foreignTensor")
        /// The backend lacks an operation or an element type.
        public static let unsupported = Code("unsupported")
        /// Two backends compute different results; the cause is a ``Divergence``.
        public static let divergence = Code("divergence")
        /// The backend delegated an operation that it was to compute itself.
        public static let notNative = Code("notNative")
        /// Two backends have the same name.
        public static let duplicateBackend = Code("duplicateBackend")
        /// No backend, model, prompt or other registered thing has this name.
        public static let unknownName = Code("unknownName")
        /// A file or folder is missing, or can't be read or written.
        public static let fileNotReadable = Code("fileNotReadable")
        /// A file is damaged or not in the format that its name says.
        public static let malformedFile = Code("malformedFile")
        /// A configuration file has a value that no model can have.
        public static let invalidConfiguration = Code("invalidConfiguration")
        /// Weights are missing, unexpected, or shaped differently than the configuration says.
        public static let weightsMismatch = Code("weightsMismatch")
        /// The model can't take the input: an id outside the vocabulary, the wrong shape, a missing field.
        public static let invalidInput = Code("invalidInput")
        /// The input has more tokens (``BertError/value``) than the model takes (``BertError/limit``).
        public static let tooManyTokens = Code("tooManyTokens")
        /// Too much work is waiting already (``BertError/limit``); try again later.
        public static let overloaded = Code("overloaded")
        /// A call into a C library failed.
        public static let libraryFailure = Code("libraryFailure")
        /// An allocation failed.
        public static let outOfMemory = Code("outOfMemory")
    }

    /// A number or a text that an error is about.
    public enum Value: Sendable, Hashable, CustomStringConvertible {
        case int(Int)
        case double(Double)
        case string(String)

        /// The number or the text, without quotes.
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
