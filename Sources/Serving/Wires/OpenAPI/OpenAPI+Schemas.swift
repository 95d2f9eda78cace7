import BertJSON

extension OpenAPI {
    static let schemas: [(String, JSONValue)] = requests + responses + errors

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
        ("RepositoryIndexRequest", schema([], ["ready": flag])),
        (
            "RepositoryLoadRequest",
            schema([], ["parameters": ["type": ["object", "null"], "maxProperties": 0]])
        ), ("RepositoryUnloadRequest", schema([], ["parameters": optionalObject])),
        (
            "InferRequest",
            schema(
                ["inputs"],
                [
                    "id": text, "truncate": flag, "truncation_direction": direction,
                    "outputs": ["type": ["array", "null"], "items": schema(["name"], ["name": string])],
                    "inputs": [
                        "type": "array", "minItems": 1, "maxItems": 1,
                        "items": schema(
                            ["name", "datatype", "shape", "data"],
                            [
                                "name": ["const": "text"], "datatype": ["const": "BYTES"], "shape": list(count),
                                "data": list([:]),
                            ]),
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
                    "mask_token": string,
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
