import BertCheckpoints
package import BertCore
package import BertJSON
import BertTokenizers

extension BertError {
    /// Converts any error, with the fields that it has.
    package init(any error: any Error) {
        switch error {
        case let error as BertError: self = error
        case let error as BackendUnavailableError:
            let key: String? =
                switch error.source {
                case .argument(let name), .environment(let name): name
                case .taskLocal, .default: nil
                }
            self.init(
                Code("backendUnavailable"), "\(error)", key: key, value: .string(error.selection.description),
                choices: error.available)
        case let error as BackendUnavailableReason: self.init(Code(error.code.description), error.message)
        case let error as BackendPluginError:
            self.init(
                Code(error.code.description), "\(error)", file: error.path, value: error.have.map { .string($0) },
                limit: error.need.map { .string($0) })
        case let error as JSONError:
            self.init(.invalidInput, error)
        case let error as TokenizerError:
            self.init(
                Code(error.code.description), error.message, file: error.file, key: error.key, line: error.line,
                value: error.value.map(Value.init), limit: error.limit.map(Value.init), cause: error.cause)
        default: self.init(.invalidInput, "\(error)")
        }
    }

    /// Returns the fields of any error for other languages and programs. `message` is the description.
    package static func json(of error: any Error) -> JSONObject {
        var object = BertError(any: error).json
        switch error {
        case let error as BackendUnavailableError:
            // Why each of the requested backends isn't available.
            let causes = error.failures.map { failure in
                var cause = json(of: failure.reason)
                cause["backend"] = .string(failure.backend)
                return JSONValue.object(cause)
            }
            object["causes"] = .array(causes)
        case let error as BackendPluginError: object["cause"] = error.cause.map { .object(json(of: $0)) }
        default: break
        }
        return object
    }

    /// The fields of the error.
    package var json: JSONObject {
        var object: JSONObject = ["code": .string(code.description), "message": .string(description)]
        func add(_ key: String, _ value: JSONValue?) { if let value { object[key] = value } }
        add("record", record.map { .int($0) })
        add("file", file.map { .string($0) })
        add("key", key.map { .string($0) })
        add("line", line.map { .int($0) })
        add("column", column.map { .int($0) })
        add("value", value?.json)
        add("limit", limit?.json)
        add("choices", choices.map { .array($0.map { .string($0) }) })
        add("cause", cause.map { .object(Self.json(of: $0)) })
        return object
    }
}

extension BertError.Value {
    fileprivate init(_ value: TokenizerError.Value) {
        switch value {
        case .int(let value): self = .int(value)
        case .string(let value): self = .string(value)
        }
    }

    fileprivate var json: JSONValue {
        switch self {
        case .int(let value): .int(value)
        case .double(let value): .double(value)
        case .string(let value): .string(value)
        }
    }
}
