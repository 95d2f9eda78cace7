import BertJSON

/// The description of the routes: OpenAPI 3.1.
enum OpenAPI {
    static func document(version: String) -> JSONValue {
        ["openapi": "3.1.0", "info": ["title": "bert serve", "version": .string(version)], "paths": [:]]
    }
}
