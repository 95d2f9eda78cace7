import Bert
import BertJSON
import TestSupport
import Testing

/// Compares with the results of sentence-transformers' `SparseEncoder` in float64.
@Suite struct SparseEmbedderTests {
    private static let folders = [
        "splade-bare", "splade-bert", "splade-distilbert", "splade-sum", "splade-mpnet", "splade-modernbert",
        "splade-inference-free",
    ]

    @Test(arguments: folders, AvailableBackends.names())
    func `vectors are those of sentence-transformers`(folder: String, backend: String) throws {
        let fixture = try SentenceFixture(folder)
        let embedder = try SparseEmbedder(folder: fixture.folder, backend: .named(backend))
        for test in fixture.cases {
            let name = try #require(test["name"]?.stringValue)
            guard test["expected"]?["sentence_embedding"] != nil else { continue }
            let vectors = try embedder.embed(
                SentenceFixture.texts(test["texts"]),
                prompt: name == "query" ? .query : name == "document" ? .document : nil,
                maxActiveDims: test["options"]?["max_active_dims"]?.intValue,
                options: TextOptions(truncates: true, tokenBudget: 64))
            let want = try fixture.tensor("\(name)/out/sentence_embedding")
            let got = vectors.flatMap { vector -> [Float] in
                var dense = [Float](repeating: 0, count: embedder.dimension)
                for (index, value) in zip(vector.indices, vector.values) { dense[Int(index)] = value }
                return dense
            }
            #expect(want.shape == [vectors.count, embedder.dimension])
            #expect(try SentenceFixture.tolerance(test).mismatch(got, want.values) == nil, "\(folder) \(name)")
            #expect(vectors.allSatisfy { $0.indices == $0.indices.sorted() && !$0.values.contains(0) })
        }
    }

    @Test func `a vector does not depend on the size of blocks and batches`() throws {
        let embedder = try SparseEmbedder(
            folder: Fixtures.path("sentences/splade-sum"), backend: .named("reference"))
        let texts = ["a good movie", "", String(repeating: "bad ", count: 20), "slow"]
        let together = try embedder.embed(texts)
        for (text, vector) in zip(texts, together) {
            let alone = try embedder.embed([text])[0]
            #expect(alone.indices == vector.indices)
            #expect(zip(alone.values, vector.values).allSatisfy { abs($0 - $1) < 1e-5 })
        }
        let dot = together[0].dot(together[2])
        let want = zip(together[0].indices, together[0].values).reduce(Float(0)) { sum, component in
            sum + component.1 * (together[2].indices.firstIndex(of: component.0).map { together[2].values[$0] } ?? 0)
        }
        #expect(abs(dot - want) < 1e-4)
    }

    @Test func `what can't be is an error`() throws {
        let embedder = try SparseEmbedder(
            folder: Fixtures.path("sentences/splade-bert"), backend: .named("reference"))
        #expect(throws: BertError.self) { try embedder.embed(["a"], maxActiveDims: 0) }
        #expect(throws: BertError.self) { try embedder.embed(["a"], prompt: .named("passage")) }
        expectError(
            .invalidConfiguration, file: Fixtures.path("sentences/splade-bert"), key: "vectors", value: "dense"
        ) { try SentenceEmbedder(folder: Fixtures.path("sentences/splade-bert"), backend: .named("reference")) }
        let other = #expect(throws: BertError.self) {
            try SparseEmbedder(folder: Fixtures.path("pipelines/sentence-bert"), backend: .named("reference"))
        }
        #expect(other?.code == .invalidConfiguration)
    }
}
