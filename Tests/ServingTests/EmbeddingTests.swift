import Bert
import BertJSON
import TestSupport
import Testing

@testable import BertServing

@Suite("Served embeddings")
struct EmbeddingTests {
    static let folders = [
        "pipelines/sentence-bert", "pipelines/sentence-dense", "sentences/gte-cls", "sentences/modernbert-cls",
        "sentences/mpnet-cls-dot", "sentences/mpnet-dense", "sentences/mpnet-mean", "sentences/nomic-mean",
    ]
    static let texts = ["a good movie", "Slow!", "the cat sat on the mat and the dog ran", "good"]

    private static func vectors(_ answer: Answer) throws -> [[UInt32]] {
        try #require(answer.status == 200, "\(answer.text)")
        let list = try #require(answer.json["data"]?.arrayValue ?? answer.json.arrayValue)
        return list.map { ($0["embedding"] ?? $0).floats.map(\.bitPattern) }
    }

    private static func bits(_ vectors: [[Float]]) -> [[UInt32]] { vectors.map { $0.map(\.bitPattern) } }

    @Test("are bitwise those of the library, normalized, not normalized, and shortened", arguments: folders)
    func bytes(folder: String) async throws {
        let place = Fixtures.path(folder)
        func expected(_ normalizes: Bool, _ dimensions: Int? = nil) async throws -> [[UInt32]] {
            let embedder = try SentenceEmbedder(
                folder: place, backend: .named("simd"), normalizes: normalizes, dimensions: dimensions)
            return Self.bits(try await embedder.embed(Self.texts))
        }
        let served = try await Served([ModelSource(name: "m", folder: place)])
        let inputs = JSONValue.array(Self.texts.map { .string($0) }).serialized()
        let embedder = try SentenceEmbedder(folder: place, backend: .named("simd"))
        if embedder.settings.normalizes {
            // A normalization that is requested explicitly isn't another one.
            #expect(try await expected(true) == Self.bits(embedder.embed(Self.texts)))
        }
        #expect(
            try await Self.vectors(served.post("/v1/embeddings", "{\"input\":\(inputs)}")) == expected(true))
        #expect(try await Self.vectors(served.post("/embed", "{\"inputs\":\(inputs)}")) == expected(true))
        #expect(
            try await Self.vectors(served.post("/embed", "{\"inputs\":\(inputs),\"normalize\":false}"))
                == expected(false))
        #expect(
            try await Self.vectors(served.post("/v1/embeddings", "{\"input\":\(inputs),\"dimensions\":5}"))
                == expected(true, 5))
    }

    @Test("of several forms share a batch without an effect on each other")
    func forms() async throws {
        let served = try await Served([ModelSource(name: "m", folder: Fixtures.path("sentences/gte-cls"))])
        let model = try await served.service.load(served.service.shelf.models[0])
        let rows = try Self.texts.enumerated().map { place, text in
            let encoding = try model.text.encode(text, parameter: nil)
            var row = Row(kind: .vector, ids: encoding.ids, types: encoding.typeIDs)
            row.form = VectorForm(normalizes: place % 2 == 0, dimensions: place == 0 ? 3 : nil)
            return row
        }
        func computed(_ rows: [Row]) async throws -> [[UInt32]] {
            try await served.service.engine.compute(rows, on: model.computer, model: "m").outputs.map { output in
                guard case .vector(let vector) = output else { return [] }
                return vector.map(\.bitPattern)
            }
        }
        let together = try await computed(rows)
        #expect(together.map(\.count) == [3] + Array(repeating: model.dimension ?? 0, count: 3))
        for (row, bits) in zip(rows, together) { #expect(try await computed([row]) == [bits]) }
    }

    @Test(
        "of late interaction are the library's, for documents and queries, and rank texts",
        arguments: ["colbert-st", "colbert-stanford", "colbert-pylate"])
    func multiVectors(folder: String) async throws {
        let place = Fixtures.path("sentences/\(folder)")
        let served = try await Served([ModelSource(name: "m", folder: place)])
        let embedder = try TokenEmbedder(folder: place, backend: .named("simd"))
        let inputs = JSONValue.array(Self.texts.map { .string($0) }).serialized()
        func found(_ more: String = "") async throws -> [[[UInt32]]] {
            let answer = await served.post("/embed_all", "{\"inputs\":\(inputs)\(more)}")
            try #require(answer.status == 200, "\(answer.text)")
            return (answer.json.arrayValue ?? []).map { ($0.arrayValue ?? []).map { $0.floats.map(\.bitPattern) } }
        }
        let documents = try await embedder.embed(Self.texts, options: TextOptions(truncates: true))
        let queries = try await embedder.embed(Self.texts, as: .query)
        #expect(try await found() == documents.map(Self.bits))
        #expect(try await found(",\"prompt_name\":\"query\"") == queries.map(Self.bits))
        let scores = try embedder.scores(queries[0], documents)
        let order = scores.indices.sorted { scores[$0] > scores[$1] }
        for (isRaw, scale) in [(true, 1), (false, Float(queries[0].count))] {
            let ranks =
                await served.post(
                    "/rerank", "{\"query\":\"\(Self.texts[0])\",\"texts\":\(inputs),\"raw_scores\":\(isRaw)}"
                ).json.arrayValue ?? []
            #expect(ranks.map { $0["index"]?.intValue } == order)
            #expect(ranks.map { Float($0["score"]?.doubleValue ?? 0) } == order.map { scores[$0] / scale })
        }
        let cohere = await served.post("/v2/rerank", "{\"query\":\"a\",\"documents\":[\"b\",\"a\"]}").json
        #expect(cohere["results"]?[0]?["index"]?.intValue == 1)
        let long = String(repeating: "good ", count: 5000)
        #expect(await served.post("/embed_all", "{\"inputs\":\"\(long)\"}").status == 200)
        #expect(await served.post("/embed_all", "{\"inputs\":\"\(long)\",\"truncate\":false}").status == 422)
        #expect(await served.post("/embed_all", "{\"inputs\":\"a\",\"prompt_name\":\"odd\"}").status == 422)
        #expect(await served.post("/embed_all", "{\"inputs\":[[1]]}").status == 422)
        #expect(await served.post("/embed", "{\"inputs\":\"a\"}").status == 424)
    }
}
