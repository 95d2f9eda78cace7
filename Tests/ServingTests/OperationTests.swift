import Bert
import BertJSON
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import BertServing

@Suite("Running a service")
struct OperationTests {
    @Test("models are reloaded while they serve requests")
    func reload() async throws {
        let served = try await Served(Array(Served.sources.prefix(2)))
        let before = await served.post("/embed", "{\"inputs\":\"a\"}").json
        async let failures = served.service.reload()
        #expect(await served.post("/embed", "{\"inputs\":\"a\"}").json == before)
        #expect(await failures.isEmpty)
        #expect(await served.post("/embed", "{\"inputs\":\"a\"}").json == before)
        #expect(served.service.shelf.models.map(\.loads) == [2, 2])
    }

    @Test("over the memory budget the model that was asked for least lately goes, and comes back when it is asked for")
    func memoryBudget() async throws {
        let served = try await Served(Array(Served.sources.prefix(2))) { $0.memoryBudget = 1 }
        let models = served.service.shelf.models
        #expect(await served.post("/models/demo", "{\"inputs\":\"a\"}").status == 200)
        // The memory is measured. A model that took no memory doesn't need to be unloaded.
        guard models.allSatisfy({ ($0.loaded?.memory ?? 1) > 0 }) else { return }
        #expect(models[0].state.name == "unloaded")
        #expect(models[1].state.name == "loaded")
        #expect(await served.post("/models/org/embedder", "{\"inputs\":\"a\"}").status == 200)
        #expect(models[0].state.name == "loaded")
        #expect(models[1].state.name == "unloaded")
        #expect(await served.get("/metrics").text.contains("bert_model_unloads_total{model=\"demo\"}"))
    }

    @Test("clients load and unload models if the server allows it")
    func modelControl() async throws {
        let served = try await Served(Array(Served.sources.prefix(2))) { $0.allowsModelControl = true }
        let models = served.service.shelf.models
        func states() async -> [String?] {
            (await served.post("/v2/repository/index", "{}").json.arrayValue ?? []).map { $0["state"]?.stringValue }
        }
        #expect(await served.get("/v2").json["extensions"] == ["model_repository"])
        #expect(await states() == ["READY", "READY"])
        let before = await served.post("/embed", "{\"inputs\":\"a\"}").json
        // Names with a slash, a missing body, and the parameters of Triton's client.
        #expect(await served.send("POST", "/v2/repository/models/org/embedder/unload").status == 200)
        #expect(models.map(\.state.name) == ["unloaded", "loaded"])
        #expect(await states() == ["UNAVAILABLE", "READY"])
        let ready = await served.post("/v2/repository/index", "{\"ready\":true}").json
        #expect(ready.arrayValue?.compactMap { $0["name"]?.stringValue } == ["demo"])
        let unload = "{\"parameters\":{\"unload_dependents\":false}}"
        #expect(await served.post("/v2/repository/models/org%2Fembedder/unload", unload).status == 200)
        #expect(await served.post("/v2/repository/models/org%2Fembedder/load", "{\"parameters\":{}}").status == 200)
        #expect(models.map(\.state.name) == ["loaded", "loaded"])
        // A request loads a model, too.
        #expect(await served.post("/v2/repository/models/org/embedder/unload", "{}").status == 200)
        #expect(await served.post("/embed", "{\"inputs\":\"a\"}").json == before)
        #expect(models.map(\.loads) == [3, 1])

        for (path, body, status, words) in [
            ("nobody/load", "{}", 404, "nobody"), ("demo/load", "{\"parameters\":{\"config\":\"{}\"}}", 400, "config"),
            ("demo/load", "{", 400, "JSON"), ("demo/load", "{\"parameters\":3}", 400, "parameters"),
            ("demo/unload", "[]", 400, "object"), ("demo/unload", "{\"parameters\":3}", 400, "parameters"),
            ("demo", "{}", 404, "/unload"),
        ] {
            let answer = await served.post("/v2/repository/models/" + path, body)
            #expect(answer.status == status, "\(path) \(body)")
            #expect(answer.json["error"]?.stringValue?.contains(words) == true, "\(answer.text)")
        }
        #expect(models.map(\.state.name) == ["loaded", "loaded"])
    }

    @Test("by default, clients can't load and unload models")
    func noModelControl() async throws {
        let served = try await Served(Array(Served.sources.prefix(2)))
        #expect(await served.get("/v2").json["extensions"] == [])
        for verb in ["load", "unload"] {
            let answer = await served.post("/v2/repository/models/demo/\(verb)", "{}")
            #expect(answer.status == 403)
            #expect(answer.json["error"]?.stringValue?.contains("--model-control") == true)
        }
        #expect(served.service.shelf.models.map(\.state.name) == ["loaded", "loaded"])
    }

    @Test("a folder with several names is loaded once, and again when it is reloaded")
    func sharedFolder() async throws {
        let folder = Served.demo
        let served = try await Served([
            ModelSource(name: "a", folder: folder), ModelSource(name: "b", folder: folder + "/"),
            ModelSource(name: "c", folder: Fixtures.path("pipelines/bert-ner")),
        ])
        let shelf = served.service.shelf
        func loaded(_ place: Int) -> LoadedModel? { shelf.models[place].loaded }
        let first = try #require(loaded(0))
        #expect(loaded(1) === first)
        #expect(loaded(2) !== first)
        #expect(shelf.memory == first.memory + (loaded(2)?.memory ?? 0))
        #expect(await served.service.reload().isEmpty)
        #expect(loaded(0) !== first)
        #expect(loaded(0) === loaded(1))
        let answer = await served.post("/models/a", "{\"inputs\":\"a\"}")
        #expect(answer.status == 200)
        #expect(await served.post("/models/b", "{\"inputs\":\"a\"}").json == answer.json)
    }

    @Test("a request waits for a model that is being loaded, but not longer than the timeout")
    func loadTimeout() async throws {
        let gate = Mutex(true)
        let slow = ModelSource(name: "slow") {
            while gate.withLock({ $0 }) { Thread.sleep(forTimeInterval: 0.001) }
            return try ModelFiles(folder: Served.demo)
        }
        var options = ServiceOptions()
        options.loadTimeout = .milliseconds(20)
        let service = try BertService([slow], options: options, backend: Served.simd)
        let request = WireRequest(
            method: "POST", target: "/v1/classify", headers: [("content-type", "application/json")],
            body: Array("{\"input\":[\"a\"]}".utf8))
        let refused = Answer(response: await service.respond(to: request))
        #expect(refused.status == 503)
        #expect(refused.json["error"]?["code"]?.stringValue == "loading")
        #expect(refused.header("retry-after") == "5")
        gate.withLock { $0 = false }
        await service.start()
        #expect(await service.respond(to: request).status == 200)
    }

    @Test("models that don't fit in the memory budget are loaded when they are requested")
    func startWithBudget() async throws {
        let served = try await Served(Array(Served.sources.prefix(2))) { $0.memoryBudget = 1 }
        let models = served.service.shelf.models
        guard models.allSatisfy({ ($0.memory ?? 0) > 0 }) else { return }
        #expect(models.map(\.state.name) == ["loaded", "unloaded"])
        #expect(await served.post("/models/demo", "{\"inputs\":\"a\"}").status == 200)
        #expect(models.map(\.state.name) == ["unloaded", "loaded"])
    }

    @Test("a service that drains refuses new work and says that it isn't ready")
    func draining() async throws {
        let served = try await Served(Array(Served.sources.prefix(1)))
        served.service.drain()
        let answer = await served.post("/v1/embeddings", "{\"input\":\"a\"}")
        #expect(answer.status == 503)
        #expect(answer.json["error"]?["code"]?.stringValue == "shutting_down")
        #expect(await served.get("/health").status == 503)
        #expect(await served.get("/health/live").status == 200)
    }

    @Test("requests beyond those that are answered at a time are refused at once")
    func concurrency() async throws {
        let served = try await Served(Array(Served.sources.prefix(1))) { $0.maxConcurrentRequests = 1 }
        let texts = (0..<400).map { "\"text number \($0)\"" }.joined(separator: ",")
        let statuses = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 { group.addTask { await served.post("/v1/embeddings", "{\"input\":[\(texts)]}").status } }
            return await group.reduce(into: [Int]()) { $0.append($1) }
        }
        #expect(statuses.contains(200))
        #expect(Set(statuses).isSubset(of: [200, 429]))
    }

    @Test("names are told apart: two of one name, or an alias of nothing")
    func names() throws {
        #expect(throws: (any Error).self) {
            try BertService([ModelSource(name: "a", folder: "x"), ModelSource(name: "a", folder: "y")])
        }
        var options = ServiceOptions()
        options.aliases = ["b": "nothing"]
        #expect(throws: (any Error).self) { try BertService([ModelSource(name: "a", folder: "x")], options: options) }
        #expect(throws: (any Error).self) { try BertService([]) }
    }

    @Test("what the machine is fast enough for follows from what it did")
    func speed() {
        var speed = Speed()
        #expect(speed.budget(nil) == 1024)
        #expect(speed.budget(7) == 7)
        speed.add(cost: 10_000, .seconds(1))
        #expect(speed.budget(nil) == 500)
        #expect(speed.capacity(nil) == 200_000)
        #expect(speed.secondsUntilDone(25_000) == 3)
        #expect(speed.secondsUntilDone(0) == 1)
        #expect(speed.secondsUntilDone(.max) == 60)
    }
}
