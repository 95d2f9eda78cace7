/// An error that is the response to a request. Each API has its own error format.
public struct ServingError: Error, Sendable, CustomStringConvertible {
    /// The kind of error, for programmatic handling.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The stable name of the code, which is used in OpenAI's API.
        public let description: String
        /// The HTTP status, unless an API defines a different one.
        public let status: Int
        /// Creates a code.
        public init(_ name: String, status: Int) {
            description = name
            self.status = status
        }

        /// An invalid value, for example of the wrong size or out of range.
        public static let invalidValue = Code("invalid_value", status: 400)
        /// A JSON value of the wrong type.
        public static let invalidType = Code("invalid_type", status: 400)
        /// A body that isn't JSON.
        public static let invalidJSON = Code("invalid_json", status: 400)
        /// A required member is missing.
        public static let missingParameter = Code("missing_required_parameter", status: 400)
        /// An empty input.
        public static let emptyInput = Code("empty_input", status: 400)
        /// More tokens than the model supports, without permission to truncate.
        public static let tooManyTokens = Code("context_length_exceeded", status: 400)
        /// A text that can't be tokenized.
        public static let tokenizer = Code("tokenizer_error", status: 400)
        /// More inputs than the server accepts in a request.
        public static let tooManyInputs = Code("too_many_inputs", status: 413)
        /// A model that doesn't support the task.
        public static let unsupportedTask = Code("unsupported_task", status: 400)
        /// An unknown model name.
        public static let modelNotFound = Code("model_not_found", status: 404)
        /// An unknown path.
        public static let notFound = Code("not_found", status: 404)
        /// A method that the path doesn't support.
        public static let methodNotAllowed = Code("method_not_allowed", status: 405)
        /// A missing or wrong API key.
        public static let unauthorized = Code("invalid_api_key", status: 401)
        /// A Host header that isn't allowed.
        public static let forbiddenHost = Code("forbidden_host", status: 403)
        /// An operation that the server doesn't allow.
        public static let forbidden = Code("forbidden", status: 403)
        /// A body that was received too slowly.
        public static let requestTimeout = Code("request_timeout", status: 408)
        /// A body that exceeds the limit.
        public static let payloadTooLarge = Code("payload_too_large", status: 413)
        /// A body whose content type isn't JSON.
        public static let unsupportedMediaType = Code("unsupported_media_type", status: 415)
        /// More work than the queue can hold.
        public static let overloaded = Code("overloaded", status: 429)
        /// An internal error that isn't caused by the request.
        public static let internalError = Code("internal", status: 500)
        /// A model that is being loaded.
        public static let loading = Code("loading", status: 503)
        /// A model that can't be loaded from its files.
        public static let loadingFailed = Code("loading_failed", status: 503)
        /// A server that is shutting down.
        public static let shuttingDown = Code("shutting_down", status: 503)
        /// A model whose backend is unavailable.
        public static let backendUnavailable = Code("backend_unavailable", status: 503)
        /// A request that wasn't computed before its deadline.
        public static let deadlineExceeded = Code("deadline_exceeded", status: 504)
    }

    /// The kind of error.
    public let code: Code
    /// The error message, a full sentence.
    public let message: String
    /// The member of the body or the header that caused the error, such as `input[1]`.
    public var parameter: String?
    /// The number of seconds after which the request can be retried.
    public var retryAfter: Int?
    /// The methods that the path supports.
    public var allowed: [String] = []

    /// Creates an error.
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
        ServingError(
            .shuttingDown, "the server is shutting down; use another server, or try again later", retryAfter: 5)
    }

    static func deadlineExceeded() -> ServingError {
        ServingError(.deadlineExceeded, "the request timed out in the queue")
    }

    static func overloaded(retryAfter: Int) -> ServingError {
        ServingError(
            .overloaded, "the queue is full; try again in \(retryAfter) s",
            retryAfter: retryAfter)
    }

    static func internalError(_ message: String) -> ServingError { ServingError(.internalError, message) }

    static func invalid(_ parameter: String, _ message: String) -> ServingError {
        ServingError(.invalidValue, message, parameter: parameter)
    }
}
