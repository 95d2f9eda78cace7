import BertJSON

/// The description of the routes: OpenAPI 3.1, without a `servers` of its own, so that it holds wherever it is read.
enum OpenAPI {
    static func document(version: String) -> JSONValue {
        var paths = JSONObject()
        for route in posts {
            paths[route.path] = ["post": operation(route)]
        }
        for route in gets {
            var item = paths[route.path]?.objectValue ?? JSONObject()
            item["get"] = read(route)
            paths[route.path] = .object(item)
        }
        return [
            "openapi": "3.1.0",
            "info": [
                "title": "bert serve", "version": .string(version),
                "description":
                    "BERT-family models over HTTP. All paths are also available below /models/{model}, for that model.",
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

    private struct Post {
        let path: String
        let summary: String
        let request: String
        let response: JSONValue
        let error: String
        var parameters: [String] = []
    }

    private struct Get {
        let path: String
        let summary: String
        let response: JSONValue?
        var error = "TextEmbeddingsError"
        var type = "application/json"
        var parameters: [String] = []
    }

    private static let posts: [Post] = [
        Post(
            path: "/v1/embeddings", summary: "Computes embeddings (OpenAI)",
            request: "EmbeddingsRequest", response: object, error: "OpenAIError"),
        Post(
            path: "/v1/classify", summary: "Classifies texts, with exit layers",
            request: "ClassifyRequest", response: object, error: "OpenAIError"),
        Post(
            path: "/v1/rerank", summary: "Sorts documents by relevance to a query", request: "RerankRequest",
            response: object, error: "RerankError"),
        Post(
            path: "/v2/rerank", summary: "Sorts documents by relevance to a query", request: "RerankRequest",
            response: object, error: "RerankError"),
        Post(
            path: "/embed", summary: "Computes a vector for each input", request: "EmbedRequest",
            response: list(list(number)),
            error: "TextEmbeddingsError"),
        Post(
            path: "/embed_all", summary: "Computes a vector for each token", request: "EmbedRequest",
            response: list(list(list(number))), error: "TextEmbeddingsError"),
        Post(
            path: "/embed_sparse", summary: "Computes a sparse vector for each input (SPLADE)", request: "EmbedRequest",
            response: list(list(component)), error: "TextEmbeddingsError"),
        Post(
            path: "/similarity", summary: "Computes the similarity of sentences to a source sentence",
            request: "SimilarityRequest",
            response: list(number), error: "TextEmbeddingsError"),
        Post(
            path: "/predict", summary: "Classifies texts or text pairs, best label first", request: "PredictRequest",
            response: ["type": "array"], error: "TextEmbeddingsError"),
        Post(
            path: "/rerank", summary: "Sorts texts by relevance to a query", request: "RankRequest",
            response: ["type": ["array", "object"]], error: "TextEmbeddingsError"),
        Post(
            path: "/tokenize", summary: "Tokenizes texts, with offsets in bytes", request: "TokenizeRequest",
            response: list(list(object)), error: "TextEmbeddingsError"),
        Post(
            path: "/decode", summary: "Decodes token ids", request: "DecodeRequest", response: list(string),
            error: "TextEmbeddingsError"),
        Post(
            path: "/pipeline/{task}", summary: "Runs a task (Hugging Face InferenceClient)",
            request: "PipelineRequest", response: ["type": ["array", "object"]], error: "MessageError",
            parameters: ["task"]),
        Post(
            path: "/models/{model}", summary: "Runs the task of a model (Hugging Face InferenceClient)",
            request: "PipelineRequest", response: ["type": ["array", "object"]], error: "MessageError",
            parameters: ["model"]),
        Post(
            path: "/v2/models/{model}/infer", summary: "Runs inference (Open Inference Protocol)",
            request: "InferRequest", response: object, error: "MessageError", parameters: ["model"]),
    ]

    private static let gets: [Get] = [
        Get(path: "/health", summary: "Readiness of the server", response: nil),
        Get(path: "/health/live", summary: "Liveness of the server", response: nil),
        Get(
            path: "/metrics", summary: "Metrics in Prometheus text format", response: string,
            type: "text/plain; version=0.0.4; charset=utf-8"),
        Get(path: "/info", summary: "Information about the first model and the limits of the server", response: object),
        Get(path: "/v1/models", summary: "The models", response: object, error: "OpenAIError"),
        Get(
            path: "/v1/models/{model}", summary: "A model", response: object, error: "OpenAIError",
            parameters: ["model"]),
        Get(path: "/v2", summary: "The server", response: object, error: "MessageError"),
        Get(path: "/v2/health/live", summary: "Liveness of the server", response: object, error: "MessageError"),
        Get(path: "/v2/health/ready", summary: "Readiness of the server", response: object, error: "MessageError"),
        Get(
            path: "/v2/models/{model}", summary: "Inputs and outputs of a model", response: object,
            error: "MessageError",
            parameters: ["model"]),
        Get(
            path: "/v2/models/{model}/ready", summary: "Readiness of a model", response: object,
            error: "MessageError", parameters: ["model"]),
    ]

    private static func operation(_ route: Post) -> JSONValue {
        var responses: JSONObject = [
            "200": ["description": "The answer", "content": ["application/json": ["schema": route.response]]]
        ]
        for (status, words) in failures { responses[status] = failure(words, route.error) }
        return [
            "summary": .string(route.summary), "parameters": parameters(route.parameters),
            "requestBody": [
                "required": true, "content": ["application/json": ["schema": reference(route.request)]],
            ],
            "responses": .object(responses),
        ]
    }

    private static func read(_ route: Get) -> JSONValue {
        var ok: JSONObject = ["description": "The answer"]
        if let response = route.response { ok["content"] = .object([route.type: ["schema": response]]) }
        var responses: JSONObject = ["200": .object(ok)]
        for (status, words) in failures where ["400", "401", "403", "404", "424", "429", "500", "503"].contains(status)
        {
            responses[status] =
                status == "503" && route.path == "/v2/health/ready"
                ? ["description": "It doesn't", "content": ["application/json": ["schema": object]]]
                : failure(words, route.error)
        }
        return [
            "summary": .string(route.summary), "parameters": parameters(route.parameters),
            "responses": .object(responses),
        ]
    }

    private static let failures: KeyValuePairs<String, String> = [
        "400": "Invalid request", "401": "Missing or invalid API key",
        "403": "Host not allowed", "404": "Unknown model or path",
        "405": "Method not allowed",
        "408": "Body received too slowly", "413": "Body too large", "415": "Body is not JSON",
        "422": "Invalid value", "424": "Model doesn't support the task",
        "429": "Queue full", "500": "A bug", "503": "Model or server unavailable",
        "504": "Timeout in the queue",
    ]

    private static func failure(_ words: String, _ schema: String) -> JSONValue {
        ["description": .string(words), "content": ["application/json": ["schema": reference(schema)]]]
    }

    private static func parameters(_ names: [String]) -> JSONValue {
        .array(
            names.map { name in
                [
                    "name": .string(name), "in": "path", "required": true,
                    "schema": ["type": "string", "minLength": 1],
                ]
            })
    }

    // MARK: Schemas

    private static let string: JSONValue = ["type": "string"]
    private static let number: JSONValue = ["type": "number"]
    private static let object: JSONValue = ["type": "object"]
    private static let component: JSONValue = [
        "type": "object", "required": ["index", "value"],
        "properties": ["index": ["type": "integer", "minimum": 0], "value": number],
    ]
    private static let flag: JSONValue = ["type": ["boolean", "null"]]
    private static let text: JSONValue = ["type": ["string", "null"]]
    private static func list(_ items: JSONValue) -> JSONValue { ["type": "array", "items": items] }
    private static func filled(_ items: JSONValue) -> JSONValue { ["type": "array", "items": items, "minItems": 1] }
    private static func reference(_ name: String) -> JSONValue { ["$ref": .string("#/components/schemas/\(name)")] }

    private static func schema(_ required: [String], _ properties: JSONObject) -> JSONValue {
        [
            "type": "object", "required": .array(required.map { .string($0) }), "properties": .object(properties),
        ]
    }

    private static let ids: JSONValue = filled(["type": "integer", "minimum": 0])
    private static let inputs: JSONValue = [
        "anyOf": [string, filled(["anyOf": [string, ids]]), ids],
        "description": "A text, token ids, or a list of either",
    ]
    private static let direction: JSONValue = ["enum": ["Right", "Left", "right", "left", nil]]
    private static let positive: JSONValue = ["type": ["integer", "null"], "minimum": 1]
    private static let exit: JSONValue = [
        "type": ["object", "null"],
        "properties": [
            "policy": ["enum": ["none", "entropy", "patience", "entropy_patience", "model", nil]],
            "threshold": ["anyOf": [["type": ["number", "null"]], list(number)]],
            "patience": ["type": ["integer", "null"], "minimum": 0],
            "regression_threshold": ["type": ["number", "null"], "minimum": 0],
        ],
    ]
    private static let message: JSONValue = ["anyOf": [string, list(string)]]

    private static let openAIError: JSONValue = schema(
        ["error"],
        ["error": schema(["message", "type"], ["message": string, "type": string, "param": text, "code": text])])

    private static let schemas: [(String, JSONValue)] = [
        (
            "EmbeddingsRequest",
            schema(
                ["input"],
                [
                    "input": inputs, "model": text, "encoding_format": ["enum": ["float", "base64", nil]],
                    "dimensions": positive, "user": [:], "truncate": flag, "prompt_name": text,
                ])
        ),
        (
            "ClassifyRequest",
            schema(
                ["input"],
                ["input": ["anyOf": [string, filled(string)]], "model": text, "raw_scores": flag, "exit": exit])
        ),
        (
            "RerankRequest",
            schema(
                ["query", "documents"],
                [
                    "model": text, "query": string,
                    "documents": filled(["anyOf": [string, schema(["text"], ["text": string])]]), "top_n": positive,
                    "return_documents": flag, "max_tokens_per_doc": positive, "raw_scores": flag,
                ])
        ),
        (
            "EmbedRequest",
            schema(
                ["inputs"],
                [
                    "inputs": inputs, "truncate": flag, "truncation_direction": direction, "prompt_name": text,
                    "normalize": flag, "dimensions": positive,
                ])
        ),
        (
            "SimilarityRequest",
            schema(
                ["inputs"],
                [
                    "inputs": schema(
                        ["source_sentence", "sentences"], ["source_sentence": string, "sentences": filled(string)]),
                    "parameters": ["type": ["object", "null"]],
                ])
        ),
        (
            "PredictRequest",
            schema(
                ["inputs"],
                [
                    "inputs": [
                        "anyOf": [
                            string, ["type": "array", "items": string, "minItems": 1, "maxItems": 2],
                            filled(["type": "array", "items": string, "minItems": 1, "maxItems": 2]),
                        ]
                    ],
                    "truncate": flag, "truncation_direction": direction, "raw_scores": flag, "details": flag,
                    "exit": exit,
                ])
        ),
        (
            "RankRequest",
            schema(
                ["query", "texts"],
                [
                    "query": string, "texts": filled(string), "truncate": flag, "truncation_direction": direction,
                    "raw_scores": flag, "return_text": flag,
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
            schema(["ids"], ["ids": ["anyOf": [ids, filled(ids)]], "skip_special_tokens": flag])
        ),
        ("PipelineRequest", schema(["inputs"], ["inputs": [:], "parameters": ["type": ["object", "null"]]])),
        (
            "InferRequest",
            schema(
                ["inputs"],
                [
                    "id": text,
                    "inputs": filled(
                        schema(
                            ["name", "datatype", "shape", "data"],
                            [
                                "name": string, "datatype": ["const": "BYTES"],
                                "shape": list(["type": "integer", "minimum": 0]), "data": list([:]),
                            ])),
                ])
        ),
        ("OpenAIError", openAIError),
        ("TextEmbeddingsError", schema(["error", "error_type"], ["error": string, "error_type": string])),
        (
            "RerankError",
            schema(["error", "message", "detail"], ["error": object, "message": string, "detail": string])
        ),
        ("MessageError", schema(["error"], ["error": message])),
    ]
}
