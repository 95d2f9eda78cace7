import Bert
import BertJSON
import TestSupport

@testable import BertServing

/// A service with a model for each task, and a client.
struct Served {
    let service: BertService

    static let demo = Fixtures.packageFolder + "/Sources/CDemoModel/tiny-sst2-deebert"

    /// The models used by tests, with their names.
    static let sources = [
        ModelSource(name: "org/embedder", folder: Fixtures.path("pipelines/sentence-bert")),
        ModelSource(name: "demo", folder: demo),
        ModelSource(name: "ranker", folder: Fixtures.path("models/bert-seqcls-regression")),
        ModelSource(name: "ner", folder: Fixtures.path("pipelines/bert-ner")),
        ModelSource(name: "qa", folder: Fixtures.path("pipelines/bert-qa")),
    ]

    /// Creates a service on a backend that is available on every machine, and whose results don't depend on other rows
    /// in the batch.
    init(_ sources: [ModelSource] = Served.sources, _ change: (inout ServiceOptions) -> Void = { _ in }) async throws {
        var options = ServiceOptions()
        options.aliases = ["text-embedding-3-small": sources[0].name]
        change(&options)
        try await self.init(sources, options, on: Served.simd)
    }

    /// Creates a service on the test's own backend.
    init(
        _ sources: [ModelSource], _ options: ServiceOptions = ServiceOptions(),
        on backend: @escaping @Sendable (String) throws -> any ComputeBackend
    ) async throws {
        service = try BertService(sources, options: options, backend: backend)
        await service.start()
    }

    @Sendable static func simd(_ requester: String) throws -> any ComputeBackend {
        try BackendRegistry.shared.backend(.named("simd"), for: requester)
    }

    func send(
        _ method: String, _ target: String, _ body: String? = nil, headers: [(String, String)] = []
    ) async -> Answer {
        var all: [(name: String, value: String)] = headers.map { ($0.0, $0.1) }
        if body != nil, !headers.contains(where: { $0.0 == "content-type" }) {
            all.append(("content-type", "application/json"))
        }
        let request = WireRequest(method: method, target: target, headers: all, body: Array((body ?? "").utf8))
        return Answer(response: await service.respond(to: request))
    }

    func post(_ target: String, _ body: String, headers: [(String, String)] = []) async -> Answer {
        await send("POST", target, body, headers: headers)
    }

    func get(_ target: String, headers: [(String, String)] = []) async -> Answer {
        await send("GET", target, headers: headers)
    }
}

struct Answer {
    let response: WireResponse
    var status: Int { response.status }
    var text: String { String(decoding: response.body, as: UTF8.self) }
    var json: JSONValue { (try? JSONValue(parsing: response.body)) ?? .null }
    func header(_ name: String) -> String? { response.headers.first { $0.name == name }?.value }
}

extension JSONValue {
    /// The numbers of a list.
    var floats: [Float] { (arrayValue ?? []).map { Float($0.doubleValue ?? .nan) } }
}
