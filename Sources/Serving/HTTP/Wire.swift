import BertJSON

/// The error format of an API, which is different for each family of clients.
enum Wire: Sendable {
    case openAI
    case textEmbeddings
    case rerank
    case huggingFace
    case kserve

    /// Returns the response for an error.
    func response(_ error: ServingError) -> WireResponse {
        let status = status(error)
        var response = WireResponse.json(body(error, status).serializedBytes(), status: status)
        if let seconds = error.retryAfter { response.headers.append(("retry-after", "\(seconds)")) }
        if error.code == .unauthorized { response.headers.append(("www-authenticate", "Bearer")) }
        if !error.allowed.isEmpty { response.headers.append(("allow", error.allowed.joined(separator: ", "))) }
        response.closes = [.payloadTooLarge, .requestTimeout].contains(error.code)
        response.context.failure = error.code.description
        return response
    }

    private func status(_ error: ServingError) -> Int {
        guard self == .textEmbeddings else { return error.code.status }
        switch error.code {
        case .invalidValue, .invalidType, .missingParameter, .tooManyTokens, .tokenizer, .tooManyInputs: return 422
        case .unsupportedTask: return 424
        default: return error.code.status
        }
    }

    private func body(_ error: ServingError, _ status: Int) -> JSONValue {
        let words = error.parameter == nil || self == .openAI ? error.message : error.description
        let openAI: JSONValue = [
            "message": .string(error.description), "type": .string(Self.openAIType(status)),
            "param": error.parameter.map { .string($0) } ?? nil, "code": Self.openAICode(error.code),
        ]
        switch self {
        case .openAI: return ["error": openAI]
        case .rerank: return ["error": openAI, "message": .string(words), "detail": .string(words)]
        case .textEmbeddings: return ["error": .string(words), "error_type": .string(Self.errorType(error.code))]
        case .huggingFace, .kserve: return ["error": .string(words)]
        }
    }

    private static func openAIType(_ status: Int) -> String {
        switch status {
        case 401: "authentication_error"
        case 429: "rate_limit_error"
        case 503: "service_unavailable"
        case 500...: "server_error"
        default: "invalid_request_error"
        }
    }

    private static func openAICode(_ code: ServingError.Code) -> JSONValue {
        [.invalidValue, .invalidType, .methodNotAllowed, .unsupportedMediaType, .tokenizer].contains(code)
            ? nil : .string(code.description)
    }

    private static func errorType(_ code: ServingError.Code) -> String {
        switch code {
        case .emptyInput: "Empty"
        case .tokenizer: "Tokenizer"
        case .overloaded: "Overloaded"
        case .unsupportedTask, .internalError, .deadlineExceeded: "Backend"
        case .loading, .loadingFailed, .shuttingDown, .backendUnavailable: "Unhealthy"
        default: "Validation"
        }
    }
}

extension ServingError {
    /// Converts an error to a serving error. An error of a row has the name of its input.
    ///
    /// - Parameter input: Returns the name of a row's input.
    static func wrapping(_ error: any Error, input: (Int) -> String? = { _ in nil }) -> any Error {
        switch error {
        case let failure as RowFailure:
            switch failure.underlying {
            case is CancellationError: return failure.underlying
            case let error as ServingError: return error
            case let error as any BertFailure where error.isCallersFault:
                return ServingError(.invalidValue, error.words, parameter: input(failure.place))
            default: return internalError("\(failure.underlying)")
            }
        default: return error
        }
    }

    /// Converts an error of the JSON parser.
    init(_ error: JSONError) {
        let path = error.path.isEmpty ? nil : error.path
        switch error.code {
        case .typeMismatch: self.init(.invalidType, error.reason, parameter: path)
        case .missingKey: self.init(.missingParameter, error.reason, parameter: path)
        case .numberOutOfRange where error.location == nil: self.init(.invalidValue, error.reason, parameter: path)
        default: self.init(.invalidJSON, "the body is not JSON: \(error)")
        }
    }
}
