import BertJSON

extension OpenAPI {
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
        Operation(
            method: "POST", paths: ["/v2/repository/index"], summary: "The models and their states", wire: .kserve,
            request: "RepositoryIndexRequest", isBodyOptional: true,
            response: list(
                schema(
                    ["name", "version", "state", "reason"],
                    [
                        "name": string, "version": ["const": "1"],
                        "state": ["enum": ["READY", "LOADING", "UNAVAILABLE"]], "reason": string,
                    ]))),
        Operation(
            method: "POST", paths: ["/v2/repository/models/{model}/load"],
            summary: "Loads a model, if the server allows it", wire: .kserve, request: "RepositoryLoadRequest",
            isBodyOptional: true,
            response: object),
        Operation(
            method: "POST", paths: ["/v2/repository/models/{model}/unload"],
            summary: "Unloads a model until the next request, if the server allows it", wire: .kserve,
            request: "RepositoryUnloadRequest", isBodyOptional: true, response: object),
    ]
}
