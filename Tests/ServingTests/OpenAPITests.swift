import BertJSON
import TestSupport
import Testing

@testable import BertServing

@Suite("OpenAPI")
struct OpenAPITests {
    @Test("all routes are described, and nothing else")
    func isComplete() {
        let described = Set(OpenAPI.operations.flatMap { own in own.paths.map { "\(own.method) \($0)" } })
        let routes = Set(Route.table.flatMap { path, routes in routes.map { "\($0.method) \(path)" } })
        #expect(described.filter { !$0.contains("{") } == routes)
        let count = OpenAPI.operations.reduce(0) { $0 + $1.paths.count }
        #expect(described.count == count, "a path is described twice")
    }

    @Test("paths with a model or task are routes too, and need a key where the document says so")
    func templates() async throws {
        let served = try await Served { $0.apiKeys = ["key"] }
        for operation in OpenAPI.operations {
            for path in operation.paths {
                let target = path.replacing("{model}", with: "demo").replacing("{task}", with: "text-classification")
                let body = operation.request == nil ? nil : "{}"
                let answer = await served.send(
                    operation.method, target, body,
                    headers: [("authorization", "Bearer key")]
                        + (body == nil ? [] : [("content-type", "application/json")]))
                #expect(![401, 404, 405, 500].contains(answer.status), "\(path): \(answer.status) \(answer.text)")
                let without = await served.send(operation.method, target, body)
                #expect((without.status == 401) != operation.isPublic, "\(path): \(without.status)")
            }
        }
    }

    @Test("statuses of errors are described, and their bodies have the schema's members")
    func statuses() async throws {
        let served = try await Served()
        let document = OpenAPI.document(version: "1")
        for (path, bodies) in [
            "/embed": ["{", "{\"inputs\":3}", "{\"inputs\":\"\"}", "[]"],
            "/v1/embeddings": ["{}", "{\"input\":\"a\",\"model\":\"nope\"}", "{\"input\":[]}"],
            "/embed_sparse": ["{\"inputs\":\"a\"}"], "/v1/rerank": ["{\"query\":3}", "{}"],
            "/pipeline/{task}": ["{}", "nothing"],
        ] {
            for body in bodies {
                let answer = await served.post(path.replacing("{task}", with: "fill-mask"), body)
                let responses = document["paths"]?[path]?["post"]?["responses"]
                let schema = responses?["\(answer.status)"]?["content"]?["application/json"]?["schema"]
                #expect(schema != nil, "\(path) \(body): \(answer.status)")
                let name = (schema?["anyOf"]?[0] ?? schema)?["$ref"]?.stringValue?.split(separator: "/").last
                let required = document["components"]?["schemas"]?[name.map(String.init) ?? ""]?["required"]
                for member in required?.arrayValue ?? [] {
                    #expect(answer.json[member.stringValue ?? ""] != nil, "\(path) \(body): \(answer.text)")
                }
                #expect(required != nil)
            }
        }
    }
}
