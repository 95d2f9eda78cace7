import BertJSON

/// The OpenAPI 3.1 description of the routes. It has no `servers`, so that it is valid wherever it is read.
enum OpenAPI {
    static func document(version: String) -> JSONValue {
        var paths = JSONObject()
        for operation in operations {
            for path in operation.paths {
                var item = paths[path]?.objectValue ?? JSONObject()
                item[operation.method.lowercased()] = operation.json(path)
                paths[path] = .object(item)
            }
        }
        return [
            "openapi": "3.1.0",
            "info": [
                "title": "bert serve", "version": .string(version),
                "description":
                    """
                BERT-family models over HTTP. All paths of one segment are also available below /models/{model}, for \
                that model; a model's name may contain slashes. The header \
                x-priority sets the priority of a request: 0 (default) is computed first, greater numbers are \
                background work. The header x-request-timeout sets the seconds after which a request that still \
                waits gets status 504.
                """,
                "license": ["name": "Apache-2.0", "identifier": "Apache-2.0"],
            ],
            "security": [[:], ["bearer": []], ["key": []]],
            "paths": .object(paths),
            "components": [
                "securitySchemes": [
                    "bearer": ["type": "http", "scheme": "bearer"],
                    "key": ["type": "apiKey", "in": "header", "name": "x-api-key"],
                ],
                "schemas": .object(JSONObject(schemas)),
            ],
        ]
    }

    /// An operation: a path and a method.
    struct Operation {
        let method: String
        let paths: [String]
        let summary: String
        var wire = Wire.textEmbeddings
        /// The name of the body's schema, or nil for no body.
        var request: String?
        /// Whether the body can be omitted.
        var isBodyOptional = false
        /// The schema of the response, or nil for an empty one.
        var response: JSONValue?
        var type = "application/json"
        /// Whether no API key is required.
        var isPublic = false
        /// The schema of the response with status 503, if it isn't an error.
        var unready: JSONValue?

        fileprivate func json(_ path: String) -> JSONValue {
            var ok: JSONObject = ["description": "The answer", "headers": requestID]
            if let response { ok["content"] = .object([type: ["schema": response]]) }
            if path == "/", method == "GET" {
                ok["description"] = "The page for clients that accept text/html; an empty text for other clients"
                ok["content"] = [
                    "text/html; charset=utf-8": ["schema": string], "text/plain; charset=utf-8": ["schema": string],
                ]
            }
            var responses: JSONObject = ["200": .object(ok)]
            for (status, words) in failures where statuses.contains(status) {
                // Invalid HTTP and slow requests are refused before their path is known.
                let schema: JSONValue =
                    ["400", "408", "431"].contains(status) && wire != .openAI
                    ? ["anyOf": [reference(wire.errorSchema), reference("OpenAIError")]] : reference(wire.errorSchema)
                responses[status] = [
                    "description": .string(words), "headers": requestID,
                    "content": ["application/json": ["schema": status == "503" ? unready ?? schema : schema]],
                ]
            }
            let names = path.split(separator: "{").dropFirst().compactMap { $0.split(separator: "}").first }
            var operation: JSONObject = [
                "summary": .string(summary), "operationId": .string(identifier(path)),
                "parameters": .array(names.map { parameter(String($0), in: "path") }), "responses": .object(responses),
            ]
            if isPublic { operation["security"] = [] }
            if let request {
                operation["requestBody"] = [
                    "required": .bool(!isBodyOptional), "content": ["application/json": ["schema": reference(request)]],
                ]
            }
            return .object(operation)
        }

        private func identifier(_ path: String) -> String {
            let words = path.split { !$0.isLetter && !$0.isNumber }.joined(separator: "_")
            return method.lowercased() + "_" + (words.isEmpty ? "root" : words)
        }

        /// The statuses of errors.
        private var statuses: Set<String> {
            var statuses: Set<String> = ["400", "403", "404", "405", "408", "431", "500", "503"]
            if !isPublic { statuses.formUnion(["401", "429", "504"]) }
            if request != nil {
                statuses.insert("413")
                if wire != .kserve { statuses.insert("415") }
            }
            if wire == .textEmbeddings, !isPublic { statuses.formUnion(["422", "424"]) }
            return statuses
        }
    }

    private static let failures: KeyValuePairs<String, String> = [
        "400": "The request is invalid", "401": "The API key is missing or invalid",
        "403": "The host or the operation is not allowed", "404": "The path or model is unknown",
        "405": "The path doesn't support the method", "408": "The request was received too slowly",
        "413": "The body or the number of inputs exceeds the limit", "415": "The body isn't JSON",
        "422": "A value is invalid", "424": "The model has a different task",
        "429": "The queue is full", "431": "The request header is too large", "500": "A bug",
        "503": "The model or the server isn't available", "504": "The request timed out",
    ]

    private static let requestID: JSONValue = ["x-request-id": ["schema": string, "required": true]]

    private static func parameter(_ name: String, in place: String) -> JSONValue {
        ["name": .string(name), "in": .string(place), "required": true, "schema": ["type": "string", "minLength": 1]]
    }
}

extension Wire {
    /// The name of the schema of errors.
    fileprivate var errorSchema: String {
        switch self {
        case .openAI: "OpenAIError"
        case .textEmbeddings: "TextEmbeddingsError"
        case .rerank: "RerankError"
        case .huggingFace, .kserve: "MessageError"
        }
    }
}
