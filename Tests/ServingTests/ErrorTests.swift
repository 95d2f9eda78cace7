import BertCore
import BertJSON
import Synchronization
import TestSupport
import Testing

@testable import BertServing

@Suite("What can't be answered")
struct ErrorTests {
    struct Case: Sendable, CustomStringConvertible {
        var method = "POST"
        let path: String
        var body: String? = "{}"
        var headers: [(String, String)] = []
        let status: Int
        /// The code of OpenAI's API, or the type of text-embeddings-inference's.
        var code: String?
        var parameter: String?
        var description: String { "\(method) \(path) \(body ?? "")" }
    }

    static let cases = [
        Case(path: "/v1/embeddings", body: "{", status: 400, code: "invalid_json"),
        Case(path: "/v1/embeddings", body: "", status: 400, code: "invalid_json"),
        Case(path: "/v1/embeddings", body: "[]", status: 400),
        Case(path: "/v1/embeddings", body: "{\"input\":NaN}", status: 400, code: "invalid_json"),
        Case(
            path: "/v1/embeddings", body: String(repeating: "[", count: 100_000), status: 400, code: "invalid_json"),
        Case(path: "/v1/embeddings", status: 400, code: "missing_required_parameter", parameter: "input"),
        Case(path: "/v1/embeddings", body: "{\"input\":null}", status: 400, code: "missing_required_parameter"),
        Case(path: "/v1/embeddings", body: "{\"input\":{}}", status: 400, parameter: "input"),
        Case(path: "/v1/embeddings", body: "{\"input\":[]}", status: 400, code: "empty_input"),
        Case(path: "/v1/embeddings", body: "{\"input\":[\"a\",\"\"]}", status: 400, parameter: "input[1]"),
        Case(path: "/v1/embeddings", body: "{\"input\":[\"a\",3]}", status: 400, parameter: "input[1]"),
        Case(path: "/v1/embeddings", body: "{\"input\":[[1,-1]]}", status: 400, parameter: "input[0][1]"),
        Case(path: "/v1/embeddings", body: "{\"input\":[99999999]}", status: 400, parameter: "input[0]"),
        Case(path: "/v1/embeddings", body: "{\"input\":[1.5]}", status: 400, parameter: "input[0]"),
        Case(path: "/v1/embeddings", body: "{\"input\":\"a\",\"dimensions\":0}", status: 400, parameter: "dimensions"),
        Case(
            path: "/v1/embeddings", body: "{\"input\":\"a\",\"dimensions\":99999}", status: 400, parameter: "dimensions"
        ),
        Case(
            path: "/v1/embeddings", body: "{\"input\":\"a\",\"dimensions\":\"8\"}", status: 400, parameter: "dimensions"
        ),
        Case(
            path: "/v1/embeddings", body: "{\"input\":\"a\",\"dimensions\":1.5}", status: 400, parameter: "dimensions"),
        Case(
            path: "/v1/embeddings", body: "{\"input\":\"a\",\"encoding_format\":\"hex\"}", status: 400,
            parameter: "encoding_format"),
        Case(
            path: "/v1/embeddings", body: "{\"input\":\"a\",\"model\":\"nope\"}", status: 404, code: "model_not_found"),
        Case(
            path: "/v1/embeddings", body: "{\"input\":\"a\",\"model\":\"demo\"}", status: 400, code: "unsupported_task"),
        Case(
            path: "/v1/embeddings", body: "{\"input\":\"\(String(repeating: "a ", count: 500))\",\"truncate\":false}",
            status: 400, code: "context_length_exceeded", parameter: "input"),
        Case(
            path: "/v1/embeddings", body: "input=a", headers: [("content-type", "application/x-www-form-urlencoded")],
            status: 415),
        Case(
            path: "/v1/embeddings", headers: [("content-type", "application/json"), ("content-encoding", "gzip")],
            status: 415),
        Case(
            path: "/v1/embeddings", headers: [("content-type", "application/json"), ("content-length", "99999999999")],
            status: 413),
        Case(
            path: "/v1/embeddings", body: "{\"input\":\"a\"}",
            headers: [("content-type", "application/json"), ("x-priority", "high")], status: 400),
        Case(
            path: "/v1/embeddings", body: "{\"input\":\"a\"}",
            headers: [("content-type", "application/json"), ("x-request-timeout", "-1")], status: 400),
        Case(method: "GET", path: "/v1/embeddings", body: nil, status: 405),
        Case(method: "GET", path: "/v1/nope", body: nil, status: 404, code: "not_found"),
        Case(method: "GET", path: "/v1/models/nope", body: nil, status: 404, code: "model_not_found"),
        Case(method: "GET", path: "/%zz", body: nil, status: 404),
        Case(path: "/embed", body: "{\"inputs\":\"\"}", status: 400, code: "Empty"),
        Case(path: "/embed", body: "{\"inputs\":[]}", status: 400, code: "Empty"),
        Case(path: "/embed", body: "{\"inputs\":3}", status: 422, code: "Validation"),
        Case(path: "/embed", body: "{\"inputs\":\"a\",\"prompt_name\":\"nope\"}", status: 422, code: "Validation"),
        Case(
            path: "/embed", body: "{\"inputs\":\"a\",\"truncation_direction\":\"up\"}", status: 422, code: "Validation"),
        Case(
            path: "/embed", body: "{\"inputs\":\"\(String(repeating: "a ", count: 500))\",\"truncate\":false}",
            status: 422, code: "Validation"),
        Case(path: "/embed", body: "{", status: 400, code: "Validation"),
        Case(path: "/embed_sparse", body: "{\"inputs\":\"a\"}", status: 424, code: "Backend"),
        Case(path: "/models/demo/embed", body: "{\"inputs\":\"a\"}", status: 424, code: "Backend"),
        Case(path: "/predict", body: "{\"inputs\":[[\"a\",\"b\",\"c\"]]}", status: 422, code: "Validation"),
        Case(
            path: "/predict", body: "{\"inputs\":\"a\",\"exit\":{\"policy\":\"sometimes\"}}", status: 422,
            code: "Validation"),
        Case(
            path: "/predict", body: "{\"inputs\":\"a\",\"exit\":{\"policy\":\"patience\",\"patience\":-1}}",
            status: 422, code: "Validation"),
        Case(
            path: "/predict", body: "{\"inputs\":\"a\",\"exit\":{\"policy\":\"entropy\"}}", status: 422,
            code: "Validation"),
        Case(
            path: "/predict", body: "{\"inputs\":\"a\",\"exit\":{\"policy\":\"entropy\",\"threshold\":[0.1,0.2]}}",
            status: 422, code: "Validation"),
        Case(
            path: "/models/ranker/predict",
            body: "{\"inputs\":\"a\",\"exit\":{\"policy\":\"entropy\",\"threshold\":0.2}}", status: 422,
            code: "Validation"),
        Case(path: "/rerank", body: "{\"query\":\"a\",\"texts\":[]}", status: 400, code: "Empty"),
        Case(
            path: "/models/qa",
            body: "{\"inputs\":{\"question\":\"a\",\"context\":\"\(String(repeating: "b ", count: 20_000))\"}}",
            status: 400),
        Case(
            path: "/models/ner",
            body: "{\"inputs\":\"\(String(repeating: "b ", count: 20_000))\",\"parameters\":{\"stride\":2}}",
            status: 400),
        Case(
            path: "/predict",
            body: "{\"inputs\":\"a\",\"exit\":{\"policy\":\"patience\",\"patience\":1,\"regression_threshold\":-1}}",
            status: 422, code: "Validation"),
        Case(path: "/rerank", body: "{\"texts\":[\"a\"]}", status: 422, code: "Validation"),
        Case(path: "/decode", body: "{\"ids\":[-1]}", status: 422, code: "Validation"),
        Case(path: "/decode", body: "{\"ids\":\"a\"}", status: 422, code: "Validation"),
        Case(path: "/tokenize", body: "{\"inputs\":[1,2]}", status: 422, code: "Validation"),
        Case(
            path: "/tokenize", body: "{\"inputs\":\"\(String(repeating: "b ", count: 1 << 18))\"}", status: 422,
            code: "Validation"),
        Case(method: "GET", path: "/embed", body: nil, status: 405, code: "Validation"),
        Case(method: "GET", path: "/nope", body: nil, status: 404, code: "Validation"),
        Case(path: "/models/nope", body: "{\"inputs\":\"a\"}", status: 404),
        Case(path: "/models/org/embedder/pipeline/nope", body: "{\"inputs\":\"a\"}", status: 404),
        Case(
            path: "/models/ner/pipeline/token-classification",
            body: "{\"inputs\":\"a\",\"parameters\":{\"aggregation_strategy\":\"odd\"}}", status: 400),
        Case(path: "/models/qa", body: "{\"inputs\":{\"question\":\"a\"}}", status: 400),
        Case(
            path: "/models/demo/pipeline/zero-shot-classification",
            body: "{\"inputs\":\"a\",\"parameters\":{\"candidate_labels\":[\"b\"]}}", status: 400),
        Case(
            path: "/v2/rerank", body: "{\"query\":\"a\",\"documents\":[\"b\"],\"top_n\":0}", status: 400,
            code: "invalid_value"),
        Case(
            path: "/v2/models/org%2Fembedder/infer",
            body: "{\"inputs\":[{\"name\":\"text\",\"datatype\":\"FP32\",\"shape\":[1],\"data\":[1]}]}", status: 400),
        Case(
            path: "/v2/models/org%2Fembedder/infer",
            body: "{\"inputs\":[{\"name\":\"text\",\"datatype\":\"BYTES\",\"shape\":[2],\"data\":[\"a\"]}]}",
            status: 400),
        Case(
            path: "/v2/models/org%2Fembedder/infer", headers: [("inference-header-content-length", "10")], status: 400),
        Case(method: "GET", path: "/v2/models/nope", body: nil, status: 404),
        Case(method: "GET", path: "/v2/models/demo/versions/2", body: nil, status: 404),
        Case(
            path: "/v2/models/org%2Fembedder/infer",
            body: "{\"inputs\":[{\"name\":\"texts\",\"datatype\":\"BYTES\",\"shape\":[1],\"data\":[\"a\"]}]}",
            status: 400),
        Case(
            path: "/v2/models/org%2Fembedder/infer",
            body: """
                {"inputs":[{"name":"text","datatype":"BYTES","shape":[1],"data":["a"]}],"outputs":[{"name":"score"}]}
                """, status: 400),
        // Members that would have no effect.
        Case(
            path: "/predict", body: "{\"inputs\":\"a\",\"exit\":{\"threshold\":0.2}}", status: 422, code: "Validation"),
        Case(
            path: "/predict", body: "{\"inputs\":\"a\",\"exit\":{\"policy\":\"model\",\"patience\":2}}", status: 422,
            code: "Validation"),
        Case(
            path: "/predict",
            body: "{\"inputs\":\"a\",\"exit\":{\"policy\":\"entropy\",\"threshold\":0.2,\"treshold\":0.1}}",
            status: 422,
            code: "Validation"),
        Case(
            path: "/models/demo", body: "{\"inputs\":\"a\",\"parameters\":{\"exit_treshold\":0.2}}", status: 400),
        Case(
            path: "/models/qa",
            body: "{\"inputs\":{\"question\":\"a b c\",\"context\":\"d\"},\"parameters\":{\"max_seq_len\":4}}",
            status: 400),
        Case(
            path: "/models/qa",
            body: "{\"inputs\":{\"question\":\"a\",\"context\":\"d\"},\"parameters\":{\"doc_stride\":100000}}",
            status: 400),
    ]

    @Test("are errors in the words of the wire, with a request id")
    func table() async throws {
        let served = try await Served()
        for item in Self.cases {
            let answer = await served.send(item.method, item.path, item.body, headers: item.headers)
            #expect(answer.status == item.status, "\(item): \(answer.text)")
            #expect(answer.header("x-request-id") != nil, "\(item)")
            let error = answer.json["error"]
            #expect(error != nil, "\(item): \(answer.text)")
            if let code = item.code, code.first?.isLowercase == true, item.path.contains("/v1/") {
                #expect(error?["code"]?.stringValue == code, "\(item): \(answer.text)")
            } else if let code = item.code, code.first?.isUppercase == true {
                #expect(answer.json["error_type"]?.stringValue == code, "\(item): \(answer.text)")
            }
            if let parameter = item.parameter {
                #expect(error?["param"]?.stringValue == parameter, "\(item): \(answer.text)")
            }
            if item.status == 405 { #expect(answer.header("allow") != nil, "\(item)") }
        }
        // No requests remain.
        #expect(served.service.inFlight == 0)
        #expect(served.service.engine.waitingRows == 0)
    }

    @Test("rerank's errors are spelled three ways, as each client reads one")
    func rerankErrors() async throws {
        let served = try await Served()
        let answer = await served.post("/v1/rerank", "{\"documents\":[\"a\"]}")
        #expect(answer.status == 400)
        #expect(answer.json["error"]?["message"]?.stringValue != nil)
        #expect(answer.json["message"]?.stringValue != nil)
        #expect(answer.json["detail"]?.stringValue != nil)
    }

    @Test("an unknown prompt's error ends as clients parse it")
    func prompts() async throws {
        let served = try await Served()
        let answer = await served.post("/embed", "{\"inputs\":\"a\",\"prompt_name\":\"nope\"}")
        #expect(answer.json["error"]?.stringValue?.contains("Available prompts: [") == true, "\(answer.text)")
    }

    @Test("a model whose backend is missing says so, and heals when the backend appears")
    func dummies() async throws {
        let isThere = Flag()
        let served = try await Served(
            Array(Served.sources.prefix(1)),
            on: { requester in
                if isThere.isSet { return try Served.simd(requester) }
                return try BackendRegistry.shared.backend(.named("nothere"), for: requester)
            })
        var answer = await served.post("/v1/embeddings", "{\"input\":\"a\"}")
        #expect(answer.status == 503)
        #expect(answer.json["error"]?["code"]?.stringValue == "backend_unavailable")
        #expect(answer.json["error"]?["message"]?.stringValue?.contains("nothere") == true)
        #expect(answer.header("retry-after") != nil)
        answer = await served.get("/v1/models/org/embedder")
        #expect(answer.json["state"]?.stringValue == "failed")
        #expect(answer.json["reason"]?["code"]?.stringValue == "backend_unavailable")
        #expect(await served.get("/health").status == 503)
        isThere.set()
        try await Task.sleep(for: .seconds(1.2))
        #expect(await served.post("/v1/embeddings", "{\"input\":\"a\"}").status == 200)
        #expect(await served.get("/health").status == 200)
    }

    @Test("a folder that is damaged doesn't keep the others from answering")
    func damaged() async throws {
        let served = try await Served(
            [ModelSource(name: "bad", folder: Fixtures.path("bad/truncated-data"))] + Served.sources.prefix(1)
        ) { $0.aliases = [:] }
        #expect(await served.post("/models/org/embedder/embed", "{\"inputs\":\"a\"}").status == 200)
        let answer = await served.post("/models/bad/embed", "{\"inputs\":\"a\"}")
        #expect(answer.status == 503)
        #expect(answer.json["error"]?.stringValue?.contains("bad") == true, "\(answer.text)")
    }

    @Test("keys: bearer, bare, and in a header of their own; compared whole")
    func keys() async throws {
        let served = try await Served { $0.apiKeys = ["first-key", "second"] }
        let body = "{\"inputs\":\"a\"}"
        for headers in [
            [("authorization", "Bearer first-key")], [("authorization", "bearer second")],
            [("authorization", "first-key")], [("x-api-key", "second")],
        ] {
            #expect(await served.post("/embed", body, headers: headers).status == 200, "\(headers)")
        }
        for headers in [
            [], [("authorization", "Bearer first-ke")], [("authorization", "Bearer first-keyy")],
            [("authorization", "Bearer ")], [("x-api-key", "")],
        ] {
            let answer = await served.post("/embed", body, headers: headers)
            #expect(answer.status == 401, "\(headers)")
            #expect(answer.header("www-authenticate") == "Bearer")
        }
        for path in ["/health", "/metrics", "/", "/openapi.json"] {
            #expect(await served.get(path).status == 200, "\(path)")
        }
        #expect(await served.get("/v1/models").status == 401)
    }

    @Test("a local server answers to local names alone")
    func hosts() async throws {
        let served = try await Served { $0.allowedHosts = ["localhost", "127.0.0.1", "[::1]"] }
        for host in ["localhost", "localhost:8080", "127.0.0.1:1", "[::1]:80", "LOCALHOST"] {
            #expect(await served.get("/health", headers: [("host", host)]).status == 200, "\(host)")
        }
        for host in ["evil.example", "localhost.evil.example", "", "127.0.0.1.nip.io:80"] {
            #expect(await served.get("/health", headers: [("host", host)]).status == 403, "\(host)")
        }
    }

    @Test("other origins read nothing unless they may")
    func cors() async throws {
        var served = try await Served()
        let origin = [("origin", "https://a.example")]
        #expect(await served.get("/v1/models", headers: origin).header("access-control-allow-origin") == nil)
        served = try await Served { $0.corsAllowOrigins = ["https://a.example"] }
        #expect(
            await served.get("/v1/models", headers: origin).header("access-control-allow-origin") == "https://a.example"
        )
        let preflight = await served.send("OPTIONS", "/v1/embeddings", nil, headers: origin)
        #expect(preflight.status == 204)
        #expect(preflight.header("access-control-allow-headers")?.contains("authorization") == true)
        #expect(
            await served.get("/v1/models", headers: [("origin", "https://b.example")])
                .header("access-control-allow-origin") == nil)
    }
}

/// A flag that can be set once.
private final class Flag: Sendable {
    private let value = Mutex(false)
    var isSet: Bool { value.withLock { $0 } }
    func set() { value.withLock { $0 = true } }
}
