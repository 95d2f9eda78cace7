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
                    "required": true, "content": ["application/json": ["schema": reference(request)]],
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

    /// All operations. A test compares them with the routes.
    static let operations: [Operation] = [
        Operation(
            method: "GET", paths: ["/"], summary: "The page for browsers, or whether requests are accepted",
            response: string, type: "text/html; charset=utf-8", isPublic: true),
        Operation(
            method: "GET", paths: ["/health", "/ping", "/health/ready"], summary: "Whether requests are accepted",
            isPublic: true),
        Operation(method: "GET", paths: ["/health/live"], summary: "Whether the server runs", isPublic: true),
        Operation(
            method: "GET", paths: ["/metrics"], summary: "Metrics in the text format of Prometheus", response: string,
            type: "text/plain; version=0.0.4; charset=utf-8", isPublic: true),
        Operation(
            method: "GET", paths: ["/docs"], summary: "The page", response: string, type: "text/html; charset=utf-8",
            isPublic: true),
        Operation(
            method: "GET", paths: ["/openapi.json", "/api-doc/openapi.json"], summary: "This document",
            response: object, isPublic: true),
        Operation(
            method: "POST", paths: ["/v1/embeddings", "/embeddings"], summary: "Embeddings, for clients of OpenAI",
            wire: .openAI, request: "EmbeddingsRequest", response: reference("EmbeddingsResponse")),
        Operation(
            method: "GET", paths: ["/v1/models", "/models"], summary: "The models", wire: .openAI,
            response: schema(["object", "data"], ["object": ["const": "list"], "data": list(reference("Model"))])),
        Operation(
            method: "GET", paths: ["/v1/models/{model}"], summary: "A model", wire: .openAI,
            response: reference("Model")),
        Operation(
            method: "POST", paths: ["/v1/classify", "/classify"], summary: "The labels of texts, and their exit layers",
            wire: .openAI, request: "ClassifyRequest", response: reference("ClassifyResponse")),
        Operation(
            method: "GET", paths: ["/info"], summary: "The first model, and the server's limits",
            response: reference("Info")),
        Operation(
            method: "POST", paths: ["/embed"], summary: "A vector for each input", request: "EmbedRequest",
            response: list(["anyOf": [list(number), string]])),
        Operation(
            method: "POST", paths: ["/embed_all"], summary: "A vector for each token", request: "EmbedAllRequest",
            response: list(list(list(number)))),
        Operation(
            method: "POST", paths: ["/embed_sparse"], summary: "A sparse vector for each input (SPLADE)",
            request: "EmbedAllRequest",
            response: list(list(schema(["index", "value"], ["index": count, "value": number])))),
        Operation(
            method: "POST", paths: ["/similarity"], summary: "The similarities of sentences to a source sentence",
            request: "SimilarityRequest", response: list(number)),
        Operation(
            method: "POST", paths: ["/predict"], summary: "The labels of texts or pairs, best first",
            request: "PredictRequest", response: ["anyOf": [list(label), list(list(label))]]),
        Operation(
            method: "POST", paths: ["/rerank"], summary: "Texts, ordered by their relevance to a query",
            request: "RankOrRerankRequest",
            response: [
                "anyOf": [
                    list(schema(["index", "score"], ["index": count, "score": number, "text": string])),
                    reference("RerankResponse"),
                ]
            ]),
        Operation(
            method: "POST", paths: ["/tokenize"], summary: "The tokens of texts, with offsets in bytes",
            request: "TokenizeRequest",
            response: list(
                list(
                    schema(
                        ["id", "text", "special", "start", "stop"],
                        [
                            "id": count, "text": string, "special": ["type": "boolean"], "start": optionalCount,
                            "stop": optionalCount,
                        ])))),
        Operation(
            method: "POST", paths: ["/decode"], summary: "The texts of token ids", request: "DecodeRequest",
            response: list(string)),
        Operation(
            method: "POST", paths: ["/", "/invocations"], summary: "The task of the first model",
            request: "OwnRequest", response: ["type": ["array", "object"]]),
        Operation(
            method: "POST", paths: ["/v1/rerank", "/v1/reranking", "/reranking", "/v2/rerank"],
            summary: "Documents, ordered by their relevance to a query", wire: .rerank, request: "RerankRequest",
            response: reference("RerankResponse")),
        Operation(
            method: "POST", paths: ["/pipeline/{task}", "/pipeline/{task}/{model}", "/models/{model}/pipeline/{task}"],
            summary: "A task, for the InferenceClient of Hugging Face", wire: .huggingFace,
            request: "PipelineRequest", response: ["type": ["array", "object"]]),
        Operation(
            method: "POST", paths: ["/models/{model}"],
            summary: "The task of a model, for the InferenceClient of Hugging Face", wire: .huggingFace,
            request: "OwnRequest", response: ["type": ["array", "object"]]),
        Operation(
            method: "GET", paths: ["/models/{model}"], summary: "A model", wire: .huggingFace,
            response: reference("Model")),
        Operation(
            method: "GET", paths: ["/v2"], summary: "The server", wire: .kserve,
            response: schema(
                ["name", "version", "extensions"], ["name": string, "version": string, "extensions": list(string)])),
        Operation(
            method: "GET", paths: ["/v2/health/live"], summary: "Whether the server runs", wire: .kserve,
            response: schema(["live"], ["live": ["type": "boolean"]]), isPublic: true),
        Operation(
            method: "GET", paths: ["/v2/health/ready"], summary: "Whether requests are accepted", wire: .kserve,
            response: schema(["ready"], ["ready": ["type": "boolean"]]), isPublic: true,
            unready: ["anyOf": [schema(["ready"], ["ready": ["type": "boolean"]]), reference("MessageError")]]),
        Operation(
            method: "GET", paths: ["/v2/models/{model}", "/v2/models/{model}/versions/1"],
            summary: "The inputs and outputs of a model", wire: .kserve, response: reference("ModelMetadata")),
        Operation(
            method: "GET", paths: ["/v2/models/{model}/ready", "/v2/models/{model}/versions/1/ready"],
            summary: "Whether a model accepts requests", wire: .kserve,
            response: schema(["name", "ready"], ["name": string, "ready": ["type": "boolean"]])),
        Operation(
            method: "POST", paths: ["/v2/models/{model}/infer", "/v2/models/{model}/versions/1/infer"],
            summary: "Inference with the Open Inference Protocol", wire: .kserve, request: "InferRequest",
            response: schema(
                ["model_name", "model_version", "outputs"],
                ["model_name": string, "model_version": string, "id": string, "outputs": list(tensor)])),
    ]

    private static let failures: KeyValuePairs<String, String> = [
        "400": "The request is invalid", "401": "The API key is missing or invalid",
        "403": "The host is not allowed", "404": "The path or model is unknown",
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

    // MARK: Schemas

    private static let string: JSONValue = ["type": "string"]
    private static let filledString: JSONValue = ["type": "string", "minLength": 1]
    private static let number: JSONValue = ["type": "number"]
    private static let object: JSONValue = ["type": "object"]
    private static let flag: JSONValue = ["type": ["boolean", "null"]]
    private static let text: JSONValue = ["type": ["string", "null"]]
    private static let count: JSONValue = ["type": "integer", "minimum": 0]
    private static let optionalCount: JSONValue = ["type": ["integer", "null"], "minimum": 0]
    private static let positive: JSONValue = ["type": ["integer", "null"], "minimum": 1]
    private static func list(_ items: JSONValue) -> JSONValue { ["type": "array", "items": items] }
    private static func filled(_ items: JSONValue) -> JSONValue { ["type": "array", "items": items, "minItems": 1] }
    fileprivate static func reference(_ name: String) -> JSONValue {
        ["$ref": .string("#/components/schemas/\(name)")]
    }

    private static func schema(_ required: [String], _ properties: JSONObject) -> JSONValue {
        [
            "type": "object", "required": .array(required.map { .string($0) }), "properties": .object(properties),
        ]
    }

    private static let ids: JSONValue = filled(count)
    /// Returns the schema of texts or ids. A single text must not be empty.
    private static func inputs(single: JSONValue, element: JSONValue) -> JSONValue {
        [
            "anyOf": [single, ids, filled(["anyOf": [element, ids]])],
            "description": "A text, token ids, or a list of either",
        ]
    }
    private static let direction: JSONValue = [
        "type": ["string", "null"], "pattern": "^([Rr][Ii][Gg][Hh][Tt]|[Ll][Ee][Ff][Tt])$",
    ]
    private static let exit: JSONValue = [
        "type": ["object", "null"],
        "properties": [
            "policy": ["enum": ["none", "entropy", "patience", "entropy_patience", "score", "model", nil]],
            "threshold": ["anyOf": [["type": ["number", "null"]], list(number)]],
            "patience": ["type": ["integer", "null"], "minimum": 0],
            "regression_threshold": ["type": ["number", "null"], "minimum": 0],
        ],
    ]
    private static let label: JSONValue = schema(
        ["label", "score"],
        [
            "label": string, "score": number, "exit_layer": count, "num_layers": count, "exit_entropy": number,
        ])
    private static let usage: JSONValue = schema(
        ["prompt_tokens", "total_tokens"],
        ["prompt_tokens": count, "total_tokens": count, "layers_computed": count, "layers_total": count])
    private static let tensor: JSONValue = schema(
        ["name", "datatype", "shape", "data"],
        ["name": string, "datatype": string, "shape": list(count), "data": list(["type": ["number", "string"]])])
    private static let metadata: JSONValue = schema(
        ["name", "datatype", "shape"],
        ["name": string, "datatype": string, "shape": list(["type": "integer"])])
    private static let rerank: JSONObject = [
        "model": text, "query": string,
        "documents": filled(["anyOf": [string, schema(["text"], ["text": string])]]), "top_n": positive,
        "return_documents": flag, "max_tokens_per_doc": positive, "raw_scores": flag, "truncate": flag,
        "truncation_direction": direction, "priority": ["type": ["integer", "null"]],
    ]
    private static let rank: JSONValue = schema(
        ["query", "texts"],
        [
            "query": string, "texts": filled(string), "truncate": flag, "truncation_direction": direction,
            "raw_scores": flag, "return_text": flag,
        ])
    private static let optionalObject: JSONValue = ["type": ["object", "null"]]

    private static let schemas: [(String, JSONValue)] = requests + responses + errors

    private static let requests: [(String, JSONValue)] = [
        (
            "EmbeddingsRequest",
            schema(
                ["input"],
                [
                    "input": inputs(single: string, element: filledString), "model": text,
                    "encoding_format": ["enum": ["float", "base64", nil]], "dimensions": positive, "user": [:],
                    "truncate": flag, "truncation_direction": direction, "prompt_name": text,
                    "priority": ["type": ["integer", "null"]],
                ])
        ),
        (
            "ClassifyRequest",
            schema(
                ["input"],
                [
                    "input": [
                        "anyOf": [string, pair, filled(["anyOf": [string, pair]])]
                    ], "model": text, "raw_scores": flag, "truncate": flag, "truncation_direction": direction,
                    "exit": exit,
                ])
        ),
        ("RerankRequest", schema(["query", "documents"], rerank)),
        ("RankOrRerankRequest", ["anyOf": [rank, reference("RerankRequest")]]),
        (
            "EmbedRequest",
            schema(
                ["inputs"],
                [
                    "inputs": inputs(single: filledString, element: string), "truncate": flag,
                    "truncation_direction": direction, "prompt_name": text, "normalize": flag, "dimensions": positive,
                    "encoding_format": ["enum": ["float", "base64", nil]],
                ])
        ),
        (
            "EmbedAllRequest",
            schema(
                ["inputs"],
                [
                    "inputs": inputs(single: filledString, element: string), "truncate": flag,
                    "truncation_direction": direction, "prompt_name": text,
                ])
        ),
        (
            "SimilarityRequest",
            schema(
                ["inputs"],
                [
                    "inputs": schema(
                        ["source_sentence", "sentences"], ["source_sentence": string, "sentences": filled(string)]),
                    "parameters": [
                        "type": ["object", "null"],
                        "properties": ["truncate": flag, "truncation_direction": direction, "prompt_name": text],
                    ],
                ])
        ),
        (
            "PredictRequest",
            schema(
                ["inputs"],
                [
                    "inputs": [
                        "anyOf": [
                            filledString, ["type": "array", "items": string, "minItems": 1, "maxItems": 2],
                            filled(["type": "array", "items": string, "minItems": 1, "maxItems": 2]),
                        ]
                    ],
                    "truncate": flag, "truncation_direction": direction, "raw_scores": flag, "details": flag,
                    "exit": exit,
                ])
        ),
        (
            "TokenizeRequest",
            schema(
                ["inputs"],
                ["inputs": ["anyOf": [string, filled(string)]], "add_special_tokens": flag, "prompt_name": text])
        ),
        (
            "DecodeRequest",
            schema(["ids"], ["ids": ["anyOf": [ids, filled(list(count))]], "skip_special_tokens": flag])
        ),
        ("OwnRequest", object),
        ("PipelineRequest", schema([], ["parameters": optionalObject])),
        (
            "InferRequest",
            schema(
                ["inputs"],
                [
                    "id": text, "truncate": flag, "truncation_direction": direction,
                    "inputs": [
                        "type": "array", "minItems": 1, "maxItems": 1,
                        "items": schema(
                            ["name", "datatype", "shape", "data"],
                            ["name": string, "datatype": ["const": "BYTES"], "shape": list(count), "data": list([:])]),
                    ],
                ])
        ),
    ]

    private static let pair: JSONValue = schema(["text"], ["text": string, "text_pair": text])

    private static let responses: [(String, JSONValue)] = [
        (
            "EmbeddingsResponse",
            schema(
                ["object", "data", "model", "usage", "id", "created"],
                [
                    "object": ["const": "list"], "model": string, "usage": usage, "id": string, "created": count,
                    "data": list(
                        schema(
                            ["object", "index", "embedding"],
                            [
                                "object": ["const": "embedding"], "index": count,
                                "embedding": ["anyOf": [list(number), string]],
                            ])),
                ])
        ),
        (
            "ClassifyResponse",
            schema(
                ["object", "id", "model", "created", "data", "exits", "usage"],
                [
                    "object": ["const": "classify"], "id": string, "model": string, "created": count,
                    "data": list(list(label)),
                    "exits": list(schema(["layer", "of"], ["layer": count, "of": count])), "usage": usage,
                ])
        ),
        (
            "RerankResponse",
            schema(
                ["id", "object", "model", "created", "results", "usage", "meta"],
                [
                    "id": string, "object": ["const": "rerank"], "model": string, "created": count, "usage": usage,
                    "results": list(
                        schema(
                            ["index", "relevance_score"],
                            [
                                "index": count, "relevance_score": number,
                                "document": schema(["text"], ["text": string]),
                            ])),
                    "meta": object,
                ])
        ),
        (
            "Model",
            schema(
                ["id", "object", "created", "owned_by", "state", "stats"],
                [
                    "id": string, "object": ["const": "model"], "created": count, "owned_by": string,
                    "state": ["enum": .array(ServedModel.State.names.map { .string($0) })],
                    "capabilities": list(string), "backend": string, "precision": string, "max_input_length": count,
                    "memory_bytes": count, "layers": count, "dimension": count, "labels": list(string),
                    "exit": schema(
                        ["kind", "layers", "default"], ["kind": string, "layers": count, "default": object]),
                    "reason": schema(["code", "message"], ["code": string, "message": string]),
                    "stats": schema(
                        ["queue_fraction", "queue_absolute", "results_pending", "batch_size"],
                        [
                            "queue_fraction": number, "queue_absolute": count, "results_pending": count,
                            "batch_size": count,
                        ]),
                ])
        ),
        (
            "Info",
            schema(
                ["model_id", "model_dtype", "model_type", "max_input_length", "max_client_batch_size", "version"],
                [
                    "model_id": string, "model_sha": text, "model_dtype": string, "served_model_name": string,
                    "model_type": object, "max_concurrent_requests": count, "max_input_length": count,
                    "max_batch_tokens": count, "max_batch_requests": optionalCount, "max_client_batch_size": count,
                    "auto_truncate": ["type": "boolean"], "tokenization_workers": count, "version": string,
                    "sha": text, "docker_label": text, "backend": string, "instruction_set": text, "threads": count,
                    "capabilities": list(string),
                ])
        ),
        (
            "ModelMetadata",
            schema(
                ["name", "versions", "platform", "inputs", "outputs"],
                [
                    "name": string, "versions": list(string), "platform": string, "inputs": list(metadata),
                    "outputs": list(metadata),
                ])
        ),
    ]

    private static let errors: [(String, JSONValue)] = [
        (
            "OpenAIError",
            schema(
                ["error"],
                [
                    "error": schema(
                        ["message", "type"], ["message": string, "type": string, "param": text, "code": text])
                ]
            )
        ),
        (
            "TextEmbeddingsError",
            schema(
                ["error", "error_type"],
                [
                    "error": string,
                    "error_type": [
                        "enum": ["Unhealthy", "Backend", "Overloaded", "Validation", "Tokenizer", "Empty"]
                    ],
                ])
        ),
        (
            "RerankError",
            schema(["error", "message", "detail"], ["error": object, "message": string, "detail": string])
        ),
        ("MessageError", schema(["error"], ["error": string])),
    ]
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
