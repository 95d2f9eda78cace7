import BertJSON
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
