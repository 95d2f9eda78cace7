/// What went wrong, in words that say what, where and how to mend it.
///
/// A struct rather than an enum, so that codes can be added without breaking anyone who catches them.
public struct BertError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure: for programs to branch on.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The code's stable name, for example `invalidShape`.
        public let description: String
        private init(_ name: String) { description = name }

        /// Operands whose shapes do not fit the operation; the message names the shapes.
        public static let invalidShape = Code("invalidShape")
        /// An argument outside its range.
        public static let invalidArgument = Code("invalidArgument")
        /// A variable of the environment, or an option, with a value that means nothing.
        public static let invalidSetting = Code("invalidSetting")
        /// A tensor or prepared weight that belongs to another backend.
        public static let foreignTensor = Code("foreignTensor")
        /// An operation or element type that the backend does not have.
        public static let unsupported = Code("unsupported")
        /// Two backends that do not compute the same; the cause is a ``Divergence``.
        public static let divergence = Code("divergence")
        /// An operation that was to be done by the backend itself and wasn't.
        public static let notNative = Code("notNative")
        /// Two backends of one name.
        public static let duplicateBackend = Code("duplicateBackend")
        /// A name no registered backend or model has.
        public static let unknownName = Code("unknownName")
        /// A file or folder that is missing or can't be read.
        public static let fileNotReadable = Code("fileNotReadable")
        /// A file whose content is damaged or not what its name says.
        public static let malformedFile = Code("malformedFile")
        /// A `config.json` with a value that no model can have.
        public static let invalidConfiguration = Code("invalidConfiguration")
        /// Weights that are missing, left over or of another shape than the configuration asks for.
        public static let weightsMismatch = Code("weightsMismatch")
        /// Input that the model can't take: too long, out of the vocabulary, of the wrong shape.
        public static let invalidInput = Code("invalidInput")
        /// A call into a C library that failed.
        public static let libraryFailure = Code("libraryFailure")
        /// Memory that could not be had.
        public static let outOfMemory = Code("outOfMemory")
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
