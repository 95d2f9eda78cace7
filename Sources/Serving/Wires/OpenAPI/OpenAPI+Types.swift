import BertJSON

/// The parts of schemas.
extension OpenAPI {
    static let string: JSONValue = ["type": "string"]
    static let filledString: JSONValue = ["type": "string", "minLength": 1]
    static let number: JSONValue = ["type": "number"]
    static let object: JSONValue = ["type": "object"]
    static let flag: JSONValue = ["type": ["boolean", "null"]]
    static let text: JSONValue = ["type": ["string", "null"]]
    static let count: JSONValue = ["type": "integer", "minimum": 0]
    static let optionalCount: JSONValue = ["type": ["integer", "null"], "minimum": 0]
    static let positive: JSONValue = ["type": ["integer", "null"], "minimum": 1]
    static func list(_ items: JSONValue) -> JSONValue { ["type": "array", "items": items] }
    static func filled(_ items: JSONValue) -> JSONValue { ["type": "array", "items": items, "minItems": 1] }
    static func reference(_ name: String) -> JSONValue {
        ["$ref": .string("#/components/schemas/\(name)")]
    }

    static func schema(_ required: [String], _ properties: JSONObject) -> JSONValue {
        [
            "type": "object", "required": .array(required.map { .string($0) }), "properties": .object(properties),
        ]
    }

    static let ids: JSONValue = filled(count)
    /// Returns the schema of texts or ids. A single text must not be empty.
    static func inputs(single: JSONValue, element: JSONValue) -> JSONValue {
        [
            "anyOf": [single, ids, filled(["anyOf": [element, ids]])],
            "description": "A text, token ids, or a list of either",
        ]
    }
    static let direction: JSONValue = [
        "type": ["string", "null"], "pattern": "^([Rr][Ii][Gg][Hh][Tt]|[Ll][Ee][Ff][Tt])$",
    ]
    static let exit: JSONValue = [
        "type": ["object", "null"],
        "properties": [
            "policy": ["enum": ["none", "entropy", "patience", "entropy_patience", "score", "model", nil]],
            "threshold": ["anyOf": [["type": ["number", "null"]], list(number)]],
            "patience": ["type": ["integer", "null"], "minimum": 0],
            "regression_threshold": ["type": ["number", "null"], "minimum": 0],
        ], "additionalProperties": false,
    ]
    static let label: JSONValue = schema(
        ["label", "score"],
        [
            "label": string, "score": number, "exit_layer": count, "num_layers": count, "exit_entropy": number,
        ])
    static let usage: JSONValue = schema(
        ["prompt_tokens", "total_tokens"],
        ["prompt_tokens": count, "total_tokens": count, "layers_computed": count, "layers_total": count])
    static let tensor: JSONValue = schema(
        ["name", "datatype", "shape", "data"],
        ["name": string, "datatype": string, "shape": list(count), "data": list(["type": ["number", "string"]])])
    static let metadata: JSONValue = schema(
        ["name", "datatype", "shape"],
        ["name": string, "datatype": string, "shape": list(["type": "integer"])])
    static let rerank: JSONObject = [
        "model": text, "query": string,
        "documents": filled(["anyOf": [string, schema(["text"], ["text": string])]]), "top_n": positive,
        "return_documents": flag, "max_tokens_per_doc": positive, "raw_scores": flag, "truncate": flag,
        "truncation_direction": direction, "priority": ["type": ["integer", "null"]],
    ]
    static let rank: JSONValue = schema(
        ["query", "texts"],
        [
            "query": string, "texts": filled(string), "truncate": flag, "truncation_direction": direction,
            "raw_scores": flag, "return_text": flag,
        ])
    static let optionalObject: JSONValue = ["type": ["object", "null"]]
}
