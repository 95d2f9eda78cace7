/// Why a request has no answer; each wire has its own words for it.
public struct ServingError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure: for programs to branch on.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The code's stable name, as OpenAI's wire shows it.
        public let description: String
        /// The status of an HTTP answer, where a wire has no other.
        public let status: Int
        /// Makes a code.
        public init(_ name: String, status: Int) {
            description = name
            self.status = status
        }

        /// A value that can't be used: of the wrong size, or out of range.
        public static let invalidValue = Code("invalid_value", status: 400)
        /// A JSON value of the wrong type.
        public static let invalidType = Code("invalid_type", status: 400)
        /// A body that is not JSON.
        public static let invalidJSON = Code("invalid_json", status: 400)
        /// A member that is needed and not there.
        public static let missingParameter = Code("missing_required_parameter", status: 400)
        /// Nothing to compute.
        public static let emptyInput = Code("empty_input", status: 400)
        /// More tokens than the model takes, and no leave to cut.
        public static let tooManyTokens = Code("context_length_exceeded", status: 400)
        /// A text that can't be tokenized.
        public static let tokenizer = Code("tokenizer_error", status: 400)
        /// More inputs than the server takes at once.
        public static let tooManyInputs = Code("too_many_inputs", status: 413)
        /// A model that does another task.
        public static let unsupportedTask = Code("unsupported_task", status: 400)
        /// No served model of that name.
        public static let modelNotFound = Code("model_not_found", status: 404)
        /// No such path.
        public static let notFound = Code("not_found", status: 404)
        /// A path that takes other methods.
        public static let methodNotAllowed = Code("method_not_allowed", status: 405)
        /// A key that is missing or wrong.
        public static let unauthorized = Code("invalid_api_key", status: 401)
        /// A Host header that a local server doesn't answer to.
        public static let forbiddenHost = Code("forbidden_host", status: 403)
        /// A body that came too slowly.
        public static let requestTimeout = Code("request_timeout", status: 408)
        /// A body over the limit.
        public static let payloadTooLarge = Code("payload_too_large", status: 413)
        /// A body that is not sent as JSON.
        public static let unsupportedMediaType = Code("unsupported_media_type", status: 415)
        /// More work than the queue holds.
        public static let overloaded = Code("overloaded", status: 429)
        /// A bug, never the request's fault.
        public static let internalError = Code("internal", status: 500)
        /// A model that is being loaded.
        public static let loading = Code("loading", status: 503)
        /// A model whose files can't be loaded.
        public static let loadingFailed = Code("loading_failed", status: 503)
        /// A server that is about to end.
        public static let shuttingDown = Code("shutting_down", status: 503)
        /// A model whose backend isn't there.
        public static let backendUnavailable = Code("backend_unavailable", status: 503)
        /// Not computed in time.
        public static let deadlineExceeded = Code("deadline_exceeded", status: 504)
    }

    /// The kind of failure.
    public let code: Code
    /// A full sentence for a person.
    public let message: String
    /// The member of the body, or the header, that is at fault: `input[1]`.
    public var parameter: String?
    /// Seconds after which it may be tried again.
    public var retryAfter: Int?
    /// The methods that the path takes.
    public var allowed: [String] = []

    /// Makes an error.
    public init(_ code: Code, _ message: String, parameter: String? = nil, retryAfter: Int? = nil) {
        self.code = code
        self.message = message
        self.parameter = parameter
        self.retryAfter = retryAfter
    }

    /// The message.
    public var description: String { parameter.map { "\($0): \(message)" } ?? message }
}

extension ServingError {
    static func shuttingDown() -> ServingError {
        ServingError(.shuttingDown, "the server is shutting down; try another one, or again in a moment", retryAfter: 5)
    }

    static func deadlineExceeded() -> ServingError {
        ServingError(.deadlineExceeded, "the request was not computed within the time it allows")
    }

    static func overloaded(retryAfter: Int) -> ServingError {
        ServingError(
            .overloaded, "the server has more work than its queue holds; try again in \(retryAfter) s",
            retryAfter: retryAfter)
    }

    static func internalError(_ message: String) -> ServingError { ServingError(.internalError, message) }

    static func invalid(_ parameter: String, _ message: String) -> ServingError {
        ServingError(.invalidValue, message, parameter: parameter)
    }
}
